# CONFIG GET, SET, RESETSTAT.

@case CONFIG GET
> CONFIG GET maxmemory
< %1 "maxmemory" "0"
> CONFIG GET MAXMEMORY
< %1 "MAXMEMORY" "0"
> CONFIG GET maxmemory-policy
< %1 "maxmemory-policy" "noeviction"
> CONFIG GET nosuch
< %0
> CONFIG GET databases
< %1 "databases" "16"
> CONFIG GET maxmemory maxmemory-policy
< %2 "maxmemory" "0" "maxmemory-policy" "noeviction"
> CONFIG GET maxmemory maxmemory maxmemory*
< ?
> CONFIG GET maxmemory nosuch
< %1 "maxmemory" "0"
> CONFIG GET hz-no*
< %0
> CONFIG GET maxmemory-pol??y
< %1 "maxmemory-policy" "noeviction"
> CONFIG GET [m]axmemory
< %1 "maxmemory" "0"
> CONFIG GET appendfsync
< %1 "appendfsync" "everysec"
> CONFIG GET
< !"ERR wrong number of arguments for 'config|get' command"
> CONFIG GET ""
< %0

@case CONFIG SET
> CONFIG SET maxmemory 100mb
< +OK
> CONFIG GET maxmemory
< %1 "maxmemory" "104857600"
> CONFIG SET maxmemory 1gb
< +OK
> CONFIG GET maxmemory
< %1 "maxmemory" "1073741824"
> CONFIG SET maxmemory 1g
< +OK
> CONFIG GET maxmemory
< %1 "maxmemory" "1000000000"
> CONFIG SET maxmemory 1KB
< +OK
> CONFIG GET maxmemory
< %1 "maxmemory" "1024"
> CONFIG SET maxmemory 1k
< +OK
> CONFIG GET maxmemory
< %1 "maxmemory" "1000"
> CONFIG SET maxmemory 12345678b
< +OK
> CONFIG GET maxmemory
< %1 "maxmemory" "12345678"
> CONFIG SET maxmemory 0
< +OK
> CONFIG SET MAXMEMORY-POLICY ALLKEYS-LRU
< +OK
> CONFIG GET maxmemory-policy
< %1 "maxmemory-policy" "allkeys-lru"
> CONFIG SET maxmemory-policy volatile-ttl maxmemory-samples 7
< +OK
> CONFIG GET maxmemory-samples
< %1 "maxmemory-samples" "7"
> CONFIG GET maxmemory-policy
< %1 "maxmemory-policy" "volatile-ttl"
> CONFIG SET maxmemory-samples 5 maxmemory-policy noeviction
< +OK

@case CONFIG SET errors
> CONFIG SET
< !"ERR wrong number of arguments for 'config|set' command"
> CONFIG SET maxmemory
< !"ERR wrong number of arguments for 'config|set' command"
> CONFIG SET maxmemory 1 maxmemory-policy
< !"ERR syntax error"
> CONFIG SET nosuch 1
< !"ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'"
> CONFIG SET nosuch 1 maxmemory abc
< !"ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'"
> CONFIG SET maxmemory abc
< !"ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a memory value"
> CONFIG SET maxmemory -1
< !"ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a memory value"
> CONFIG SET maxmemory ""
< +OK
> CONFIG SET maxmemory 1tb
< !"ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a memory value"
> CONFIG SET maxmemory 1.5gb
< !"ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a memory value"
> CONFIG SET maxmemory-policy garbage
< !"ERR CONFIG SET failed (possibly related to argument 'maxmemory-policy') - argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction"
> CONFIG SET maxmemory-samples 0
< !"ERR CONFIG SET failed (possibly related to argument 'maxmemory-samples') - argument must be between 1 and 2147483647 inclusive"
> CONFIG SET maxmemory-samples abc
< !"ERR CONFIG SET failed (possibly related to argument 'maxmemory-samples') - argument couldn't be parsed into an integer"
> CONFIG SET maxmemory 1mb maxmemory 2mb
< !"ERR CONFIG SET failed (possibly related to argument 'maxmemory') - duplicate parameter"
> CONFIG SET maxmemory 1mb maxmemory-policy garbage
< !"ERR CONFIG SET failed (possibly related to argument 'maxmemory-policy') - argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction"
> CONFIG SET maxmemory 1mb nosuch 1
< !"ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'"
> CONFIG GET maxmemory
< %1 "maxmemory" "0"
> CONFIG SET databases 5
< !"ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config"
> CONFIG SET appendfsync sometimes
< !"ERR CONFIG SET failed (possibly related to argument 'appendfsync') - argument(s) must be one of the following: everysec, always, no"
> CONFIG SET lfu-decay-time -1
< !"ERR CONFIG SET failed (possibly related to argument 'lfu-decay-time') - argument must be between 0 and 2147483647 inclusive"
> CONFIG GET lfu-decay-time
< %1 "lfu-decay-time" "1"
> CONFIG SET maxmemory-policy ""
< !"ERR CONFIG SET failed (possibly related to argument 'maxmemory-policy') - argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction"

@case CONFIG SET appendfsync
> CONFIG SET appendfsync always
< +OK
> CONFIG GET appendfsync
< %1 "appendfsync" "always"
> CONFIG SET appendfsync NO
< +OK
> CONFIG GET appendfsync
< %1 "appendfsync" "no"
> CONFIG SET appendfsync everysec
< +OK

@case CONFIG's other subcommands
> CONFIG RESETSTAT
< +OK
> CONFIG RESETSTAT x
< !"ERR wrong number of arguments for 'config|resetstat' command"
> CONFIG REWRITE
< !"ERR The server is running without a config file"
> CONFIG REWRITE x
< !"ERR wrong number of arguments for 'config|rewrite' command"
> CONFIG HELP
< *?
> CONFIG HELP x
< !"ERR wrong number of arguments for 'config|help' command"
