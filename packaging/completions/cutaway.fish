# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_cutaway_global_optspecs
    string join \n port= bind= unixsocket= unixsocketperm= tcp-backlog= tcp-keepalive= protected-mode= live= live-hosts= live-console= requirepass= maxclients= timeout= client-output-buffer-limit= client-query-buffer-limit= proto-max-bulk-len= databases= notify-keyspace-events= stream-node-max-bytes= stream-node-max-entries= hash-max-listpack-entries= hash-max-listpack-value= set-max-intset-entries= set-max-listpack-entries= set-max-listpack-value= zset-max-listpack-entries= zset-max-listpack-value= list-max-listpack-size= hll-sparse-max-bytes= busy-reply-threshold= pattern-index= tracking-table-max-keys= client-counters= maxmemory= maxmemory-policy= maxmemory-samples= maxmemory-eviction-tenacity= maxmemory-clients= lfu-log-factor= lfu-decay-time= loglevel= logfile= slowlog-log-slower-than= slowlog-max-len= latency-tracking= latency-tracking-info-percentiles= latency-monitor-threshold= enable-debug-command= enable-protected-configs= dir= save= dbfilename= rdbcompression= rdbchecksum= stop-writes-on-bgsave-error= appendonly= appendfsync= appendfilename= appenddirname= no-appendfsync-on-rewrite= auto-aof-rewrite-percentage= auto-aof-rewrite-min-size= aof-use-rdb-preamble= aof-load-truncated= aof-timestamp-enabled= aof-disable-auto-gc= lazyfree-lazy-eviction= lazyfree-lazy-expire= lazyfree-lazy-server-del= shutdown-on-sigterm= shutdown-on-sigint= loading-process-events-interval-bytes= key-load-delay= rdb-key-save-delay= daemonize= supervised= pidfile= rdb-version-check= sanitize-dump-payload= aof-rewrite-cpulist= bgsave-cpulist= aof-rewrite-incremental-fsync= rdb-del-sync-files= rdb-save-incremental-fsync= replicaof= repl-backlog-size= replica-full-sync-buffer-limit= min-replicas-max-lag= min-replicas-to-write= repl-backlog-ttl= repl-diskless-sync-delay= repl-diskless-sync-max-replicas= repl-ping-replica-period= repl-timeout= replica-announce-port= replica-priority= propagation-error-behavior= repl-diskless-load= bind-source-addr= masterauth= masteruser= replica-announce-ip= dual-channel-replication-enabled= import-mode= repl-disable-tcp-nodelay= repl-diskless-sync= repl-rdb-channel= replica-announced= replica-ignore-disk-write-errors= replica-ignore-maxmemory= replica-lazy-flush= replica-read-only= replica-serve-stale-data= cluster-enabled= cluster-link-sendbuf-limit= cluster-announce-client-ipv4= cluster-announce-client-ipv6= cluster-announce-hostname= cluster-announce-human-nodename= cluster-announce-bus-port= cluster-announce-port= cluster-announce-tls-port= cluster-blacklist-ttl= cluster-compatibility-sample-ratio= cluster-manual-failover-timeout= cluster-migration-barrier= cluster-node-timeout= cluster-ping-interval= cluster-port= cluster-replica-validity-factor= cluster-preferred-endpoint-type= cluster-announce-ip= cluster-config-file= cluster-allow-pubsubshard-when-down= cluster-allow-reads-when-down= cluster-allow-replica-migration= cluster-replica-no-failover= cluster-require-full-coverage= cluster-slot-stats-enabled= availability-zone= tls-port= tls-cluster= tls-replication= max-new-tls-connections-per-cycle= tls-session-cache-size= tls-session-cache-timeout= tls-auth-clients= tls-ca-cert-dir= tls-ca-cert-file= tls-cert-file= tls-ciphers= tls-ciphersuites= tls-client-cert-file= tls-client-key-file= tls-client-key-file-pass= tls-dh-params-file= tls-key-file= tls-key-file-pass= tls-protocols= tls-prefer-server-ciphers= tls-session-caching= rdma-bind= rdma-completion-vector= rdma-port= rdma-rx-size= aclfile= acllog-max-len= acl-pubsub-default= enable-module-command= list-compress-depth= locale-collate= io-threads= bio-cpulist= server-cpulist= io-threads-do-reads= syslog-facility= syslog-ident= syslog-enabled= log-format= log-timestamp-format= commandlog-large-reply-max-len= commandlog-large-request-max-len= commandlog-reply-larger-than= commandlog-request-larger-than= proc-title-template= set-proc-title= oom-score-adj= oom-score-adj-values= socket-mark-id= unixsocketgroup= watchdog-period= active-defrag-ignore-bytes= active-defrag-cycle-max= active-defrag-cycle-min= active-defrag-cycle-us= active-defrag-max-scan-fields= active-defrag-threshold-lower= active-defrag-threshold-upper= activedefrag= hz= active-expire-effort= max-new-connections-per-cycle= prefetch-batch-max-size= shutdown-timeout= ignore-warnings= activerehashing= always-show-logo= crash-log-enabled= crash-memcheck-enabled= disable-thp= dynamic-hz= extended-redis-compatibility= hide-user-data-from-log= jemalloc-bg-thread= lazyfree-lazy-user-del= lazyfree-lazy-user-flush= use-exit-on-panic= h/help V/version
end

function __fish_cutaway_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_cutaway_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_cutaway_using_subcommand
    set -l cmd (__fish_cutaway_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c cutaway -n "__fish_cutaway_needs_command" -l port -d 'TCP port; 0 listens on none. [default: 6379]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l bind -d 'Addresses to listen on; one with a \'-\' before it may be missing; \'*\' is all. [default: 127.0.0.1 -::1]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l unixsocket -d 'Path of a Unix socket to listen on.' -r -F
complete -c cutaway -n "__fish_cutaway_needs_command" -l unixsocketperm -d 'Permissions of that socket, octal; 0 leaves them to the umask. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tcp-backlog -d 'Connections that may wait to be accepted. [default: 511]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tcp-keepalive -d 'Seconds of silence after which the kernel asks the peer whether it is there; 0 never. [default: 300]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l protected-mode -d 'Without a password, serve only this machine. [default: yes]' -r -f -a "yes\t''
no\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l live -d 'Address and port on which a browser finds a page that shows this server at work, and monitoring /metrics and /health; a port alone is 127.0.0.1\'s; empty: none.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l live-hosts -d 'Names by which that page may be asked for, beside the address it is on and localhost: of this machine, or of a proxy in front.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l live-console -d 'Whether that page may send commands to this server. [default: no]' -r -f -a "yes\t''
no\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l requirepass -d 'The password clients must give with AUTH or HELLO.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l maxclients -d 'Clients served at the same time. [default: 10000]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l timeout -d 'Seconds of silence after which a client without subscriptions is closed; 0 never. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l client-output-buffer-limit -d 'For each class: bytes owed that close a client at once, bytes that close it when held for so many seconds. [default: normal 0 0 0 slave 256mb 64mb 60 pubsub 32mb 8mb 60]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l client-query-buffer-limit -d 'Bytes of unfinished requests a client may send before it is closed. [default: 1gb]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l proto-max-bulk-len -d 'The longest word of a request; more than 2gb means 2gb. [default: 512mb]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l databases -d 'How many databases SELECT can choose from. [default: 16]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l notify-keyspace-events -d 'Which changes of keys are published, as letters: K and E for the two kinds of channels, g$lshzxetdnm for classes, A for all but n and m.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l stream-node-max-bytes -d 'Bytes after which a stream begins a new block of entries; 0 is no limit. [default: 4096]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l stream-node-max-entries -d 'Entries after which a stream begins a new block; 0 is no limit. [default: 100]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l hash-max-listpack-entries -d 'Fields that a packed hash has at most. [default: 512]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l hash-max-listpack-value -d 'Bytes that a field or a value of a packed hash has at most. [default: 64]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l set-max-intset-entries -d 'Numbers that a set of numbers alone has at most as an intset. [default: 512]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l set-max-listpack-entries -d 'Members that a packed set has at most. [default: 128]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l set-max-listpack-value -d 'Bytes that a member of a packed set has at most. [default: 64]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l zset-max-listpack-entries -d 'Members that a packed sorted set has at most. [default: 128]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l zset-max-listpack-value -d 'Bytes that a member of a packed sorted set has at most. [default: 64]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l list-max-listpack-size -d 'Elements that a block of a list has at most; from -1 to -5: bytes, 4 KiB to 64 KiB. [default: -2]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l hll-sparse-max-bytes -d 'Bytes after which a HyperLogLog takes its dense form. [default: 3000]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l busy-reply-threshold -d 'Milliseconds after which other clients get BUSY while a script runs, and may end it; 0 never. [default: 5000]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l pattern-index -d 'Whether PUBLISH finds patterns by an index, or walks the list of all of them as Redis does. [default: yes]' -r -f -a "yes\t''
no\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l tracking-table-max-keys -d 'Keys that clients are remembered to have read, at most; 0 is no limit. [default: 1000000]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l client-counters -d 'Whether CLIENT LIST and CLIENT INFO show messages, drops, the most owed and how near the limits are, after Redis\'s fields. [default: no]' -r -f -a "yes\t''
no\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l maxmemory -d 'Bytes of memory, as the allocator counts them, past which keys are evicted or commands that need more are refused; 0 is no limit. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l maxmemory-policy -d 'Which keys are evicted at maxmemory: none; of all keys, or of those that expire (volatile), those least recently or least frequently used, those that expire soonest, or any. [default: noeviction]' -r -f -a "volatile-lru\t''
volatile-lfu\t''
volatile-random\t''
volatile-ttl\t''
allkeys-lru\t''
allkeys-lfu\t''
allkeys-random\t''
noeviction\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l maxmemory-samples -d 'How many keys are compared for each key that is evicted: more find a better one and take longer. [default: 5]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l maxmemory-eviction-tenacity -d 'How long a command may wait for keys to be evicted: 10 is half a millisecond, 100 has no limit. [default: 10]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l maxmemory-clients -d 'Bytes of memory that all clients together may take, or a percentage of maxmemory; past it those that take most are closed; 0 is no limit. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l lfu-log-factor -d 'How many uses it takes to count one more, under a policy of the least frequently used: the larger, the more. [default: 10]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l lfu-decay-time -d 'Minutes without a use after which such a count is one less; 0 never. [default: 1]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l loglevel -d 'The least important messages to log. [default: notice]' -r -f -a "debug\t''
verbose\t''
notice\t''
warning\t''
nothing\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l logfile -d 'File to append the log to; empty is standard output.' -r -F
complete -c cutaway -n "__fish_cutaway_needs_command" -l slowlog-log-slower-than -d 'Microseconds from which on a command goes into the slow log; 0 logs all, -1 none. [default: 10000]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l slowlog-max-len -d 'Entries the slow log keeps. [default: 128]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l latency-tracking -d 'Whether durations of commands are counted, for INFO latencystats. [default: yes]' -r -f -a "yes\t''
no\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l latency-tracking-info-percentiles -d 'Which percentiles of the durations INFO latencystats shows. [default: 50 99 99.9]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l latency-monitor-threshold -d 'Milliseconds from which on LATENCY LATEST and HISTORY have a command; 0 none. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l enable-debug-command -d 'Which clients may use DEBUG: none, all, or those on this machine. [default: no]' -r -f -a "no\t''
yes\t''
local\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l enable-protected-configs -d 'Which clients may CONFIG SET the settings that touch files: none, all, or those on this machine. [default: no]' -r -f -a "no\t''
yes\t''
local\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l dir -d 'The directory the server works in. [default: .]' -r -f -a "(__fish_complete_directories)"
complete -c cutaway -n "__fish_cutaway_needs_command" -l save -d 'Pairs of seconds and changes: after so many seconds with so many changes a snapshot is written; empty never. [default: 3600 1 300 100 60 10000]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l dbfilename -d 'The file of the snapshot, in dir. [default: dump.rdb]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l rdbcompression -d 'Whether long strings of a snapshot and of DUMP are compressed. [default: yes]' -r -f -a "yes\t''
no\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l rdbchecksum -d 'Whether a snapshot has a checksum, and a start looks at it. [default: yes]' -r -f -a "yes\t''
no\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l stop-writes-on-bgsave-error -d 'Whether writes are refused while the last snapshot could not be written and save asks for some. [default: yes]' -r -f -a "yes\t''
no\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l appendonly -d 'Whether each write is appended to a file. [default: no]' -r -f -a "yes\t''
no\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l appendfsync -d 'When that file is synced: before a reply leaves that its writes have made (always), each second, or when the operating system sees fit (no). [default: everysec]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l appendfilename -d 'What the names of its parts begin with. [default: appendonly.aof]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l appenddirname -d 'The directory of its parts, in dir. [default: appendonlydir]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l no-appendfsync-on-rewrite -d 'Whether it is not synced while a snapshot is written. [default: no]' -r -f -a "yes\t''
no\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l auto-aof-rewrite-percentage -d 'By how many percent it must have grown since its last rewrite to be rewritten; 0 never. [default: 100]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l auto-aof-rewrite-min-size -d 'Bytes that it must have to be rewritten so. [default: 67108864]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l aof-use-rdb-preamble -d 'Whether a rewrite begins the file with a snapshot, or writes commands only. [default: yes]' -r -f -a "yes\t''
no\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l aof-load-truncated -d 'Whether a start drops an unfinished command at the file\'s end, or fails. [default: yes]' -r -f -a "yes\t''
no\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l aof-timestamp-enabled -d 'Whether the file says when its commands were executed; Redis before 7 cannot read that. [default: no]' -r -f -a "yes\t''
no\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l aof-disable-auto-gc -d 'Whether the files stay that a rewrite has replaced; the manifest goes on naming them. [default: no]' -r -f -a "yes\t''
no\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l lazyfree-lazy-eviction -d 'Whether the append-only file has UNLINK for a key that was evicted, in place of DEL. [default: no]' -r -f -a "yes\t''
no\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l lazyfree-lazy-expire -d 'Whether it has UNLINK for a key that has expired. [default: no]' -r -f -a "yes\t''
no\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l lazyfree-lazy-server-del -d 'Whether it has UNLINK for a key that a command has removed on its way. [default: no]' -r -f -a "yes\t''
no\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l shutdown-on-sigterm -d 'What SIGTERM asks for: words of SHUTDOWN, or default. [default: default]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l shutdown-on-sigint -d 'What SIGINT asks for. [default: default]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l loading-process-events-interval-bytes -d 'Bytes that are loaded before clients are answered. [default: 524288]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l key-load-delay -d 'Microseconds to wait after each key that is loaded, for tests; negative: keys a microsecond. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l rdb-key-save-delay -d 'The same for keys that are saved. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l daemonize -d 'Whether to go on in the background, with standard input and output closed. [default: no]' -r -f -a "yes\t''
no\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l supervised -d 'The service manager that is notified when the server is ready and when it ends; auto looks for NOTIFY_SOCKET and UPSTART_JOB. [default: no]' -r -f -a "upstart\t''
systemd\t''
auto\t''
no\t''"
complete -c cutaway -n "__fish_cutaway_needs_command" -l pidfile -d 'File to write the process id to; in the background /var/run/redis.pid if empty.' -r -F
complete -c cutaway -n "__fish_cutaway_needs_command" -l rdb-version-check -d 'Known, but changes nothing here. [default: strict]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l sanitize-dump-payload -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l aof-rewrite-cpulist -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l bgsave-cpulist -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l aof-rewrite-incremental-fsync -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l rdb-del-sync-files -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l rdb-save-incremental-fsync -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l replicaof -d 'Known, but changes nothing here. [default: no one]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l repl-backlog-size -d 'Known, but changes nothing here. [default: 1048576]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l replica-full-sync-buffer-limit -d 'Known, but changes nothing here. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l min-replicas-max-lag -d 'Known, but changes nothing here. [default: 10]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l min-replicas-to-write -d 'Known, but changes nothing here. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l repl-backlog-ttl -d 'Known, but changes nothing here. [default: 3600]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l repl-diskless-sync-delay -d 'Known, but changes nothing here. [default: 5]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l repl-diskless-sync-max-replicas -d 'Known, but changes nothing here. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l repl-ping-replica-period -d 'Known, but changes nothing here. [default: 10]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l repl-timeout -d 'Known, but changes nothing here. [default: 60]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l replica-announce-port -d 'Known, but changes nothing here. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l replica-priority -d 'Known, but changes nothing here. [default: 100]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l propagation-error-behavior -d 'Known, but changes nothing here. [default: ignore]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l repl-diskless-load -d 'Known, but changes nothing here. [default: disabled]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l bind-source-addr -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l masterauth -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l masteruser -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l replica-announce-ip -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l dual-channel-replication-enabled -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l import-mode -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l repl-disable-tcp-nodelay -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l repl-diskless-sync -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l repl-rdb-channel -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l replica-announced -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l replica-ignore-disk-write-errors -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l replica-ignore-maxmemory -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l replica-lazy-flush -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l replica-read-only -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l replica-serve-stale-data -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-enabled -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-link-sendbuf-limit -d 'Known, but changes nothing here. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-announce-client-ipv4 -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-announce-client-ipv6 -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-announce-hostname -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-announce-human-nodename -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-announce-bus-port -d 'Known, but changes nothing here. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-announce-port -d 'Known, but changes nothing here. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-announce-tls-port -d 'Known, but changes nothing here. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-blacklist-ttl -d 'Known, but changes nothing here. [default: 60]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-compatibility-sample-ratio -d 'Known, but changes nothing here. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-manual-failover-timeout -d 'Known, but changes nothing here. [default: 5000]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-migration-barrier -d 'Known, but changes nothing here. [default: 1]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-node-timeout -d 'Known, but changes nothing here. [default: 15000]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-ping-interval -d 'Known, but changes nothing here. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-port -d 'Known, but changes nothing here. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-replica-validity-factor -d 'Known, but changes nothing here. [default: 10]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-preferred-endpoint-type -d 'Known, but changes nothing here. [default: ip]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-announce-ip -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-config-file -d 'Known, but changes nothing here. [default: nodes.conf]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-allow-pubsubshard-when-down -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-allow-reads-when-down -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-allow-replica-migration -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-replica-no-failover -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-require-full-coverage -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l cluster-slot-stats-enabled -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l availability-zone -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-port -d 'Known, but changes nothing here. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-cluster -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-replication -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l max-new-tls-connections-per-cycle -d 'Known, but changes nothing here. [default: 1]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-session-cache-size -d 'Known, but changes nothing here. [default: 20480]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-session-cache-timeout -d 'Known, but changes nothing here. [default: 300]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-auth-clients -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-ca-cert-dir -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-ca-cert-file -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-cert-file -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-ciphers -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-ciphersuites -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-client-cert-file -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-client-key-file -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-client-key-file-pass -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-dh-params-file -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-key-file -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-key-file-pass -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-protocols -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-prefer-server-ciphers -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l tls-session-caching -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l rdma-bind -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l rdma-completion-vector -d 'Known, but changes nothing here. [default: -1]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l rdma-port -d 'Known, but changes nothing here. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l rdma-rx-size -d 'Known, but changes nothing here. [default: 1048576]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l aclfile -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l acllog-max-len -d 'Known, but changes nothing here. [default: 128]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l acl-pubsub-default -d 'Known, but changes nothing here. [default: resetchannels]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l enable-module-command -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l list-compress-depth -d 'Known, but changes nothing here. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l locale-collate -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l io-threads -d 'Known, but changes nothing here. [default: 1]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l bio-cpulist -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l server-cpulist -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l io-threads-do-reads -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l syslog-facility -d 'Known, but changes nothing here. [default: local0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l syslog-ident -d 'Known, but changes nothing here. [default: redis]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l syslog-enabled -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l log-format -d 'Known, but changes nothing here. [default: legacy]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l log-timestamp-format -d 'Known, but changes nothing here. [default: legacy]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l commandlog-large-reply-max-len -d 'Known, but changes nothing here. [default: 128]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l commandlog-large-request-max-len -d 'Known, but changes nothing here. [default: 128]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l commandlog-reply-larger-than -d 'Known, but changes nothing here. [default: 1048576]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l commandlog-request-larger-than -d 'Known, but changes nothing here. [default: 1048576]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l proc-title-template -d 'Known, but changes nothing here. [default: {title} {listen-addr} {server-mode}]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l set-proc-title -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l oom-score-adj -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l oom-score-adj-values -d 'Known, but changes nothing here. [default: 0 200 800]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l socket-mark-id -d 'Known, but changes nothing here. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l unixsocketgroup -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l watchdog-period -d 'Known, but changes nothing here. [default: 0]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l active-defrag-ignore-bytes -d 'Known, but changes nothing here. [default: 104857600]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l active-defrag-cycle-max -d 'Known, but changes nothing here. [default: 25]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l active-defrag-cycle-min -d 'Known, but changes nothing here. [default: 1]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l active-defrag-cycle-us -d 'Known, but changes nothing here. [default: 500]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l active-defrag-max-scan-fields -d 'Known, but changes nothing here. [default: 1000]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l active-defrag-threshold-lower -d 'Known, but changes nothing here. [default: 10]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l active-defrag-threshold-upper -d 'Known, but changes nothing here. [default: 100]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l activedefrag -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l hz -d 'Known, but changes nothing here. [default: 10]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l active-expire-effort -d 'Known, but changes nothing here. [default: 1]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l max-new-connections-per-cycle -d 'Known, but changes nothing here. [default: 10]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l prefetch-batch-max-size -d 'Known, but changes nothing here. [default: 16]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l shutdown-timeout -d 'Known, but changes nothing here. [default: 10]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l ignore-warnings -d 'Known, but changes nothing here.' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l activerehashing -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l always-show-logo -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l crash-log-enabled -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l crash-memcheck-enabled -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l disable-thp -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l dynamic-hz -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l extended-redis-compatibility -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l hide-user-data-from-log -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l jemalloc-bg-thread -d 'Known, but changes nothing here. [default: yes]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l lazyfree-lazy-user-del -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l lazyfree-lazy-user-flush -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -l use-exit-on-panic -d 'Known, but changes nothing here. [default: no]' -r
complete -c cutaway -n "__fish_cutaway_needs_command" -s h -l help -d 'Print help'
complete -c cutaway -n "__fish_cutaway_needs_command" -s V -l version -d 'Print version'
complete -c cutaway -n "__fish_cutaway_needs_command" -a "check" -d 'Play the scenarios to a server and say where it differs from Redis'
complete -c cutaway -n "__fish_cutaway_needs_command" -a "draw" -d 'Draw the server\'s structures at a line of a scenario, as SVG'
complete -c cutaway -n "__fish_cutaway_needs_command" -a "lab" -d 'Grade a Redis of your own, stage by stage, by what Redis does'
complete -c cutaway -n "__fish_cutaway_needs_command" -a "ping" -d 'Ask a server whether it answers: a health check'
complete -c cutaway -n "__fish_cutaway_needs_command" -a "session" -d 'Answer the requests of a session, each a line of JSON, for another program'
complete -c cutaway -n "__fish_cutaway_needs_command" -a "walk" -d 'Play a scenario and print every step the server takes'
complete -c cutaway -n "__fish_cutaway_needs_command" -a "version" -d 'Print the version'
complete -c cutaway -n "__fish_cutaway_needs_command" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cutaway -n "__fish_cutaway_using_subcommand check" -l only -d 'Play only scenarios whose names contain PART; may be given several times. Those of the laboratory need lab/' -r
complete -c cutaway -n "__fish_cutaway_using_subcommand check" -l patience -d 'A server that does nothing for so long is given up' -r
complete -c cutaway -n "__fish_cutaway_using_subcommand check" -l json -d 'Write what was found as JSON; - is standard output, and the text goes to standard error' -r
complete -c cutaway -n "__fish_cutaway_using_subcommand check" -l junit -d 'Write what was found as JUnit XML' -r
complete -c cutaway -n "__fish_cutaway_using_subcommand check" -l list -d 'List the scenarios in the order of the book, with --only some of them, and go'
complete -c cutaway -n "__fish_cutaway_using_subcommand check" -l complete -d 'Count commands and settings that the server lacks as differences'
complete -c cutaway -n "__fish_cutaway_using_subcommand check" -l flush -d 'Agree to FLUSHALL although the server holds keys'
complete -c cutaway -n "__fish_cutaway_using_subcommand check" -s h -l help -d 'Print help'
complete -c cutaway -n "__fish_cutaway_using_subcommand draw" -l line -d 'The line\'s number in that file' -r
complete -c cutaway -n "__fish_cutaway_using_subcommand draw" -l kind -d 'What the line changes, the snapshot in progress, or each appendfsync up to the line' -r -f -a "line\t''
snapshot\t''
fsync\t''"
complete -c cutaway -n "__fish_cutaway_using_subcommand draw" -s o -l output -d 'Where to write the picture [default: standard output]' -r -F
complete -c cutaway -n "__fish_cutaway_using_subcommand draw" -s h -l help -d 'Print help'
complete -c cutaway -n "__fish_cutaway_using_subcommand lab" -l stage -d 'Play only stage N, or N..M; may be given several times' -r
complete -c cutaway -n "__fish_cutaway_using_subcommand lab" -l patience -d 'A server that does not answer for so long has failed' -r
complete -c cutaway -n "__fish_cutaway_using_subcommand lab" -l json -d 'Write what was found as JSON; - is standard output, and the text goes to standard error' -r
complete -c cutaway -n "__fish_cutaway_using_subcommand lab" -l junit -d 'Write what was found as JUnit XML' -r
complete -c cutaway -n "__fish_cutaway_using_subcommand lab" -l list -d 'List the stages, and do nothing else'
complete -c cutaway -n "__fish_cutaway_using_subcommand lab" -l all -d 'Play every stage, also behind one that fails'
complete -c cutaway -n "__fish_cutaway_using_subcommand lab" -s h -l help -d 'Print help'
complete -c cutaway -n "__fish_cutaway_using_subcommand ping" -s h -l help -d 'Print help'
complete -c cutaway -n "__fish_cutaway_using_subcommand session" -l memory -d 'End when more memory than this is needed [default: no limit]' -r
complete -c cutaway -n "__fish_cutaway_using_subcommand session" -s h -l help -d 'Print help'
complete -c cutaway -n "__fish_cutaway_using_subcommand walk" -l format -d 'What to print: text; json, one object for each line; svg, the figures; html, a page of everything' -r -f -a "text\t''
json\t''
svg\t''
html\t''"
complete -c cutaway -n "__fish_cutaway_using_subcommand walk" -l only -d 'Print only the lines that send this command; all are played' -r
complete -c cutaway -n "__fish_cutaway_using_subcommand walk" -s h -l help -d 'Print help'
complete -c cutaway -n "__fish_cutaway_using_subcommand version" -s h -l help -d 'Print help'
complete -c cutaway -n "__fish_cutaway_using_subcommand help; and not __fish_seen_subcommand_from check draw lab ping session walk version help" -f -a "check" -d 'Play the scenarios to a server and say where it differs from Redis'
complete -c cutaway -n "__fish_cutaway_using_subcommand help; and not __fish_seen_subcommand_from check draw lab ping session walk version help" -f -a "draw" -d 'Draw the server\'s structures at a line of a scenario, as SVG'
complete -c cutaway -n "__fish_cutaway_using_subcommand help; and not __fish_seen_subcommand_from check draw lab ping session walk version help" -f -a "lab" -d 'Grade a Redis of your own, stage by stage, by what Redis does'
complete -c cutaway -n "__fish_cutaway_using_subcommand help; and not __fish_seen_subcommand_from check draw lab ping session walk version help" -f -a "ping" -d 'Ask a server whether it answers: a health check'
complete -c cutaway -n "__fish_cutaway_using_subcommand help; and not __fish_seen_subcommand_from check draw lab ping session walk version help" -f -a "session" -d 'Answer the requests of a session, each a line of JSON, for another program'
complete -c cutaway -n "__fish_cutaway_using_subcommand help; and not __fish_seen_subcommand_from check draw lab ping session walk version help" -f -a "walk" -d 'Play a scenario and print every step the server takes'
complete -c cutaway -n "__fish_cutaway_using_subcommand help; and not __fish_seen_subcommand_from check draw lab ping session walk version help" -f -a "version" -d 'Print the version'
complete -c cutaway -n "__fish_cutaway_using_subcommand help; and not __fish_seen_subcommand_from check draw lab ping session walk version help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
