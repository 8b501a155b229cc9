# DEBUG RELOAD, SET-SKIP-CHECKSUM-VALIDATION and the directives of loading.

@case a reload keeps everything
> SET a 1
< +OK
> SET t v EX 1000
< +OK
> RPUSH l a b c
< :3
> HSET h f v g w
< :2
> ZADD z 1 a 2 b
< :2
> XADD x 1-1 f v
< "1-1"
> SELECT 3
< +OK
> SADD s a b
< :2
> DEBUG RELOAD
< +OK
> SMEMBERS s
<2 *u2 "a" "b"
<3 ~2 "a" "b"
> SELECT 0
< +OK
> DBSIZE
< :6
> TTL t
< :990..1000
> LRANGE l 0 -1
< *3 "a" "b" "c"
> OBJECT ENCODING h
< "listpack"
> DEBUG RELOAD MERGE
< +OK
> DEBUG RELOAD NOFLUSH MERGE
< +OK
> debug reload merge
< +OK
> DBSIZE
< :6

@case options that there are not
> DEBUG RELOAD FOO
< !"ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."
> DEBUG RELOAD NOSAVE FOO
< !"ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."
> DEBUG SET-SKIP-CHECKSUM-VALIDATION
< !"ERR unknown subcommand or wrong number of arguments for 'SET-SKIP-CHECKSUM-VALIDATION'. Try DEBUG HELP."
> DEBUG SET-SKIP-CHECKSUM-VALIDATION 1 2
< !"ERR unknown subcommand or wrong number of arguments for 'SET-SKIP-CHECKSUM-VALIDATION'. Try DEBUG HELP."
> DEBUG SET-SKIP-CHECKSUM-VALIDATION 1
< +OK
> DEBUG SET-SKIP-CHECKSUM-VALIDATION x
< +OK

@case directives of snapshots and loading
> CONFIG GET rdb-*
< %2 "rdb-del-sync-files" "no" "rdb-save-incremental-fsync" "yes"
> CONFIG GET sanitize-dump-payload
< %1 "sanitize-dump-payload" "no"
> CONFIG GET aof-rewrite-incremental-fsync
< %1 "aof-rewrite-incremental-fsync" "yes"
> CONFIG GET aof-load-truncated
< %1 "aof-load-truncated" "yes"
> CONFIG SET sanitize-dump-payload foo
< !"ERR CONFIG SET failed (possibly related to argument 'sanitize-dump-payload') - argument(s) must be one of the following: no, yes, clients"
> CONFIG SET sanitize-dump-payload clients
< +OK
> CONFIG GET sanitize-dump-payload
< %1 "sanitize-dump-payload" "clients"
> CONFIG SET sanitize-dump-payload no
< +OK
> CONFIG SET rdbcompression foo
< !"ERR CONFIG SET failed (possibly related to argument 'rdbcompression') - argument must be 'yes' or 'no'"
> CONFIG SET rdbchecksum no
< !"ERR CONFIG SET failed (possibly related to argument 'rdbchecksum') - can't set immutable config"
