//! stub
use crate::persist::manifest::Manifest;
impl crate::server::Server {
    /// Begins to load.
    pub fn start_loading(&mut self) {
        if self.config.appendonly && self.process.has_disk {
            self.open_append_only_file(Manifest::default(), 0, None);
        }
    }
    pub(super) fn append_only_file_opened(&mut self, _r: Result<(), String>) {}
}
