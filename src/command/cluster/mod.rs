//! CLUSTER, READONLY, READWRITE, ASKING: the answer of a server without cluster support.
//!
//! Redis: `src/cluster.c`, `clusterCommand`, `readonlyCommand`, `readwriteCommand`, `askingCommand`.

pub(crate) mod rows;

use crate::server::dispatch::Call;

/// Any of them, HELP included.
pub fn disabled(call: &mut Call<'_>) {
    call.reply.error("ERR This instance has cluster support disabled");
}
