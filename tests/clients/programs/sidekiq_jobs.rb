# Sidekiq: queues are lists under a set of their names; what is scheduled, tried again or dead is a sorted set by its time.
#
# The worker loads this file for the jobs; run as a program, it is the suite. DATABASE is the database that the suite uses.
# It must be empty, and it is left empty. The lines printed are those of harness.py.

require "sidekiq"
require "sidekiq/api"
require "tempfile"
require "timeout"

HOST = ENV.fetch("HOST", "127.0.0.1")
PORT = ENV.fetch("PORT", "6379")
DATABASE = ENV.fetch("DATABASE", "9")
TEST_SECONDS = ENV.fetch("TEST_SECONDS", "60").to_i
REDIS = {url: "redis://#{HOST}:#{PORT}/#{DATABASE}"}

Sidekiq.configure_client { |config| config.redis = REDIS }
Sidekiq.configure_server do |config|
  config.redis = REDIS
  # How often the worker looks for jobs that are due; Sidekiq's own answer is five seconds.
  options = Sidekiq.respond_to?(:options) ? Sidekiq.options : config
  options[:poll_interval_average] = 1
end
Redis.silence_deprecations = true if defined?(Redis) && Redis.respond_to?(:silence_deprecations=)
Sidekiq.logger.level = Logger::WARN

def ask(*command)
  Sidekiq.redis { |connection| connection.call(*command.map(&:to_s)) }
end

class Add
  include Sidekiq::Worker

  def perform(key, a, b)
    ask("RPUSH", key, a + b)
  end
end

class Clock
  include Sidekiq::Worker

  def perform(key)
    ask("RPUSH", key, Process.clock_gettime(Process::CLOCK_REALTIME))
  end
end

class FailsOnce
  include Sidekiq::Worker
  sidekiq_options retry: 3

  def perform(key)
    attempt = ask("INCR", "#{key}:attempts")
    raise ArgumentError, "attempt #{attempt}" if attempt == 1
    ask("RPUSH", key, attempt)
  end
end

class FailsAlways
  include Sidekiq::Worker
  sidekiq_options retry: 0

  def perform
    raise ArgumentError, "always"
  end
end

# The first time, outlasts its worker.
class Outlasts
  include Sidekiq::Worker
  sidekiq_options queue: "lasting"

  def perform(key)
    attempt = ask("INCR", "#{key}:attempts")
    sleep 1000 if attempt == 1
    ask("RPUSH", key, attempt)
  end
end

return unless $PROGRAM_NAME == __FILE__

# ---- the suite ----

SUITE = "sidekiq #{Sidekiq::VERSION}"
$failed = 0

def test(says)
  return unless says.include?(ENV.fetch("ONLY", ""))
  Timeout.timeout(TEST_SECONDS) { yield }
  puts "ok   #{SUITE}: #{says}"
rescue StandardError => error
  $failed += 1
  trace = ["#{error.class}: #{error.message}", *error.backtrace.first(10)].join("\n     ")
  puts "FAIL #{SUITE}: #{says} (#{error.class}: #{error.message.split.join(" ")[0, 200]})\n     #{trace}"
end

def same(got, wanted)
  raise "got #{got.inspect}, wanted #{wanted.inspect}" unless got == wanted
end

# Asks until the answer is not nil or false, while the worker lives.
def await(worker, what)
  deadline = Time.now + TEST_SECONDS / 2
  loop do
    got = yield
    return got if got
    raise "the worker ended; it printed: #{worker.printed}" unless worker.running?
    raise "#{what} did not come; the worker printed: #{worker.printed}" if Time.now > deadline
    sleep 0.01
  end
end

def value(worker, key)
  await(worker, "the value of #{key}") { ask("LPOP", key) }
end

# A worker process. `finish` ends it, with all that it has started.
class WorkerProcess
  def initialize(queue = "default")
    @log = Tempfile.new("sidekiq")
    command = ["sidekiq", "--require", File.expand_path(__FILE__), "--concurrency", "1", "--timeout", "1", "--queue", queue]
    @pid = Process.spawn(*command, in: File::NULL, out: @log, err: @log, pgroup: true, chdir: Dir.tmpdir)
  end

  def running?
    !(@status ||= Process.waitpid2(@pid, Process::WNOHANG))
  end

  def printed
    File.read(@log.path)[-2000..] || File.read(@log.path)
  end

  def finish
    Process.kill(:TERM, @pid) if running?
    deadline = Time.now + 10
    sleep 0.01 while running? && Time.now < deadline
    Process.kill(:KILL, -@pid)
  rescue Errno::ESRCH
    # Everything has ended already.
  ensure
    @log.close!
  end
end

$stdout.sync = true
unless ask("DBSIZE") == 0
  puts "FAIL #{SUITE}: database #{DATABASE} must be empty, and holds #{ask("DBSIZE")} keys"
  exit! 1
end
worker = WorkerProcess.new
begin
  test("a job goes to a worker, and what it did comes back") do
    Add.perform_async("added", "naïve ", "☃")
    same(value(worker, "added").dup.force_encoding("UTF-8"), "naïve ☃")
    same(ask("SMEMBERS", "queues"), ["default"])
  end

  test("the worker is known by its heartbeat, and counts its jobs") do
    await(worker, "the heartbeat") { Sidekiq::ProcessSet.new.size == 1 }
    process = Sidekiq::ProcessSet.new.first
    same([process["concurrency"], process["queues"]], [1, ["default"]])
    await(worker, "the count") { Sidekiq::Stats.new.processed >= 1 }
  end

  test("many jobs pushed at once run once each, in their order") do
    Sidekiq::Client.push_bulk("class" => Add, "args" => (0...200).map { |n| ["ordered", n, 1000] })
    same((0...200).map { value(worker, "ordered") }, (1000...1200).map(&:to_s))
    same([Sidekiq::Queue.new.size, ask("LLEN", "ordered")], [0, 0])
  end

  test("a job in a second waits in a sorted set, and runs when it is due") do
    before = Process.clock_gettime(Process::CLOCK_REALTIME)
    id = Clock.perform_in(1, "clock")
    same(Sidekiq::ScheduledSet.new.map(&:jid), [id])
    waited = value(worker, "clock").to_f - before
    raise "it ran after #{waited} s" if waited < 1
    same(Sidekiq::ScheduledSet.new.size, 0)
  end

  test("a job that fails is tried again") do
    id = FailsOnce.perform_async("again")
    await(worker, "the retry") { Sidekiq::RetrySet.new.size == 1 }
    job = Sidekiq::RetrySet.new.find_job(id)
    same([job["error_class"], job["error_message"], job["retry_count"]], ["ArgumentError", "attempt 1", 0])
    # It would be due in some 15 seconds; this is the button "Retry now".
    job.retry
    same(value(worker, "again"), "2")
    same(Sidekiq::RetrySet.new.size, 0)
  end

  test("a job that fails more often than its limit is dead") do
    id = FailsAlways.perform_async
    await(worker, "the dead job") { Sidekiq::DeadSet.new.size == 1 }
    job = Sidekiq::DeadSet.new.first
    same([job.jid, job["error_message"]], [id, "always"])
    await(worker, "the count") { Sidekiq::Stats.new.failed == 2 }
  end

  if ENV["LONG"]
    test("the job of a worker that is told to end goes to another") do
      Outlasts.perform_async("lasting")
      first = WorkerProcess.new("lasting")
      await(first, "the first attempt") { ask("GET", "lasting:attempts") == "1" }
      first.finish
      same(Sidekiq::Queue.new("lasting").size, 1)
      second = WorkerProcess.new("lasting")
      begin
        same(value(second, "lasting"), "2")
      ensure
        second.finish
      end
    end

    test("jobs scheduled at different times run in the order of their times") do
      [3, 1, 2].each { |seconds| Add.perform_in(seconds, "times", seconds, 0) }
      same((1..3).map { value(worker, "times") }, %w[1 2 3])
    end
  end
ensure
  worker.finish
  ask("FLUSHDB")
end
exit! $failed == 0 ? 0 : 1
