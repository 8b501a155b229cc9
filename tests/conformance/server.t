# INFO, TIME, MEMORY, DEBUG, LOLWUT, and the statistics.

@case TIME
> TIME
< *2 ?"1?????????" ?"*"
> TIME x
< !"ERR wrong number of arguments for 'time' command"

@case INFO
> INFO
< =txt:?"*# Server\r\n*redis_version:*# Clients\r\n*connected_clients:?\r\n*# Memory\r\n*used_memory:*# Persistence\r\n*# Stats\r\n*# Replication\r\n*role:master\r\n*# Keyspace\r\n"
> INFO server
< =txt:?"# Server\r\nredis_version:*\r\n"
> INFO SERVER
< =txt:?"# Server\r\n*"
> INFO nosuch
< =txt:""
> INFO clients memory
< =txt:?"# Clients\r\n*\r\n\r\n# Memory\r\n*\r\n"
> INFO keyspace
< =txt:"# Keyspace\r\n"
> SET a 1
< +OK
> SET b 1 EXAT 33177117420
< +OK
> INFO keyspace
< =txt:?"# Keyspace\r\ndb0:keys=2,expires=1,avg_ttl=*\r\n"
> SELECT 3
< +OK
> SET c 1
< +OK
> INFO keyspace
< =txt:?"# Keyspace\r\ndb0:keys=2,expires=1,avg_ttl=*\r\ndb3:keys=1,expires=0,avg_ttl=0*\r\n"
> INFO everything
< =txt:?"*# Keyspace*"
> INFO all
< =txt:?"*# Keyspace*"
> INFO default
< =txt:?"*# Server*# Keyspace*"
> INFO keyspace nosuch
< =txt:?"# Keyspace\r\n*"

@case INFO counts
> SET a 1
< +OK
> GET a
< "1"
> GET missing
< nil
> GET missing
< nil
> INFO stats
< =txt:?"*keyspace_hits:1\r\nkeyspace_misses:2\r\n*"
> NOSUCH
< !
> INFO errorstats
< =txt:?"# Errorstats\r\n*errorstat_ERR:count=*"
> GET
< !
> SET n abc
< +OK
> INCR n
< !
> CONFIG RESETSTAT
< +OK
> INFO stats
< =txt:?"*keyspace_hits:0\r\nkeyspace_misses:0\r\n*"

@case INFO counts expired keys
> SET a 1 PX 40
< +OK
> SET b 1
< +OK
@advance 70
> GET a
< nil
> INFO stats
< =txt:?"*expired_keys:1\r\n*"

@case MEMORY USAGE
> MEMORY USAGE missing
< nil
> SET k v
< +OK
> MEMORY USAGE k
< :1..500
> MEMORY USAGE k SAMPLES 5
< :1..500
> MEMORY USAGE k SAMPLES 0
< :1..500
> MEMORY USAGE k samples 1
< :1..500
> MEMORY USAGE k SAMPLES
< !"ERR syntax error"
> MEMORY USAGE k SAMPLES -1
< !"ERR syntax error"
> MEMORY USAGE k SAMPLES abc
< !"ERR value is not an integer or out of range"
> MEMORY USAGE k garbage
< !"ERR syntax error"
> MEMORY USAGE k garbage 1
< !"ERR syntax error"
> MEMORY USAGE
< !"ERR wrong number of arguments for 'memory|usage' command"
> SET big "\{100000*x}"
< +OK
> MEMORY USAGE big
< :100000..150000
> MEMORY USAGE missing garbage
< !"ERR syntax error"

@case MEMORY's other subcommands
> MEMORY PURGE
< +OK
> MEMORY PURGE x
< !"ERR wrong number of arguments for 'memory|purge' command"
> MEMORY DOCTOR x
< !"ERR wrong number of arguments for 'memory|doctor' command"
> MEMORY DOCTOR
< =txt:?"*"
> MEMORY STATS
< %?
> MEMORY STATS x
< !"ERR wrong number of arguments for 'memory|stats' command"
> MEMORY MALLOC-STATS
< ?"*"
> MEMORY HELP
< *?
> MEMORY
< !"ERR wrong number of arguments for 'memory' command"
> MEMORY garbage
< !"ERR unknown subcommand 'garbage'. Try MEMORY HELP."

@case LOLWUT
> LOLWUT
< =txt:?"*ver.*"
> LOLWUT VERSION 5
< =txt:?"*ver.*"
> LOLWUT VERSION abc
< !"ERR value is not an integer or out of range"

@case DEBUG
> DEBUG SLEEP 0
< +OK
> DEBUG SET-ACTIVE-EXPIRE 1
< +OK
> DEBUG OBJECT missing
< !"ERR no such key"
> SET k v
< +OK
> DEBUG OBJECT k
< ?
> DEBUG nosuch
< !"ERR unknown subcommand or wrong number of arguments for 'nosuch'. Try DEBUG HELP."
> DEBUG
< !"ERR wrong number of arguments for 'debug' command"
> DEBUG HELP
< *?

@case DEBUG PROTOCOL
> DEBUG PROTOCOL string
< "Hello World"
> DEBUG PROTOCOL integer
< :12345
> DEBUG PROTOCOL double
< ,3.141
> DEBUG PROTOCOL null
< nil
> DEBUG PROTOCOL array
< *3 :0 :1 :2
> DEBUG PROTOCOL set
< ~3 :0 :1 :2
> DEBUG PROTOCOL map
< %3 :0 #f :1 #t :2 #f
> DEBUG PROTOCOL bignum
< (1234567999999999999999999999999999999
> DEBUG PROTOCOL true
< #t
> DEBUG PROTOCOL false
< #f
> DEBUG PROTOCOL verbatim
< =txt:"This is a verbatim\nstring"
> DEBUG PROTOCOL nosuch
< !"ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"

@case DEBUG PROTOCOL with an attribute
>> "DEBUG PROTOCOL attrib\r\n"
< |1 "key-popularity" *2 "key:123" :90 "Some real reply following the attribute"

@case DEBUG POPULATE
> DEBUG POPULATE 3
< +OK
> KEYS *
< *u3 "key:0" "key:1" "key:2"
> MGET key:0 key:1 key:2
< *3 "value:0" "value:1" "value:2"
> DEBUG POPULATE 2 pre
< +OK
> GET pre:1
< "value:1"
> DEBUG POPULATE 2 wide 10
< +OK
> STRLEN wide:0
< :10
> GETRANGE wide:1 0 6
< "value:1"
> SET keep:0 old
< +OK
> DEBUG POPULATE 1 keep
< +OK
> GET keep:0
< "old"
> DEBUG POPULATE abc
< !"ERR value is out of range, must be positive"
> DEBUG POPULATE
< !"ERR unknown subcommand or wrong number of arguments for 'POPULATE'. Try DEBUG HELP."

@case DEBUG LOG
> DEBUG LOG hello
< +OK
