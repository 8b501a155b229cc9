# OBJECT, and the encodings of strings.

@case OBJECT ENCODING
> OBJECT ENCODING missing
< nil
> SET k 1
< +OK
> OBJECT ENCODING k
< "int"
> SET k 9223372036854775807
< +OK
> OBJECT ENCODING k
< "int"
> SET k -9223372036854775808
< +OK
> OBJECT ENCODING k
< "int"
> SET k 9223372036854775808
< +OK
> OBJECT ENCODING k
< "embstr"
> SET k 01
< +OK
> OBJECT ENCODING k
< "embstr"
> SET k +1
< +OK
> OBJECT ENCODING k
< "embstr"
> SET k -0
< +OK
> OBJECT ENCODING k
< "embstr"
> SET k 0
< +OK
> OBJECT ENCODING k
< "int"
> SET k " 1"
< +OK
> OBJECT ENCODING k
< "embstr"
> SET k 1.5
< +OK
> OBJECT ENCODING k
< "embstr"
> SET k ""
< +OK
> OBJECT ENCODING k
< "embstr"
> SET k abc
< +OK
> OBJECT ENCODING k
< "embstr"
> SET k "\{44*a}"
< +OK
> OBJECT ENCODING k
< "embstr"
> SET k "\{45*a}"
< +OK
> OBJECT ENCODING k
< "raw"
> SETNX n 12
< :1
> OBJECT ENCODING n
< "int"
> SETEX n 100 12
< +OK
> OBJECT ENCODING n
< "int"
> MSET m 12
< +OK
> OBJECT ENCODING m
< "int"
> GETSET m 13
< "12"
> OBJECT ENCODING m
< "int"
> GETSET m abc
< "13"
> OBJECT ENCODING m
< "embstr"

@case OBJECT ENCODING after changes
> SET k 10
< +OK
> INCR k
< :11
> OBJECT ENCODING k
< "int"
> INCRBYFLOAT k 1
< "12"
> OBJECT ENCODING k
< "embstr"
> INCR k
< :13
> OBJECT ENCODING k
< "int"
> APPEND k 1
< :3
> OBJECT ENCODING k
< "raw"
> GET k
< "131"
> INCRBY k 1
< :132
> OBJECT ENCODING k
< "int"
> SETRANGE k 0 5
< :3
> OBJECT ENCODING k
< "raw"
> SET k abc
< +OK
> APPEND k ""
< :3
> OBJECT ENCODING k
< "raw"
> SET k abc
< +OK
> SETRANGE k 0 ""
< :3
> OBJECT ENCODING k
< "embstr"
> APPEND a abc
< :3
> OBJECT ENCODING a
< "embstr"
> APPEND a d
< :4
> OBJECT ENCODING a
< "raw"
> APPEND b 5
< :1
> OBJECT ENCODING b
< "int"
> SETRANGE c 0 5
< :1
> OBJECT ENCODING c
< "raw"
> SET d "\{50*x}"
< +OK
> GETDEL d
< ?
> SET d x
< +OK
> OBJECT ENCODING d
< "embstr"
> COPY k k2
< :1
> OBJECT ENCODING k2
< "embstr"
> RENAME k2 k3
< +OK
> OBJECT ENCODING k3
< "embstr"
> INCRBYFLOAT f 3.5
< "3.5"
> OBJECT ENCODING f
< "embstr"
> SET g 3.0
< +OK
> INCRBYFLOAT g 0
< "3"
> GET g
< "3"
> OBJECT ENCODING g
< "embstr"

@case OBJECT REFCOUNT, IDLETIME and FREQ
> SET k abc
< +OK
> OBJECT REFCOUNT k
< :1
> OBJECT REFCOUNT missing
< nil
> OBJECT IDLETIME k
< :0
> OBJECT IDLETIME missing
< nil
> OBJECT FREQ k
< !"ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust."
> OBJECT FREQ missing
< nil
> CONFIG SET maxmemory-policy allkeys-lfu
< +OK
> SET l abc
< +OK
> OBJECT FREQ l
< :1..10
> OBJECT IDLETIME l
< !"ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust."
> OBJECT IDLETIME missing
< nil
> OBJECT FREQ missing
< nil
> CONFIG SET maxmemory-policy noeviction
< +OK

@case OBJECT errors
> SET k abc
< +OK
> OBJECT
< !"ERR wrong number of arguments for 'object' command"
> OBJECT ENCODING
< !"ERR wrong number of arguments for 'object|encoding' command"
> OBJECT ENCODING a b
< !"ERR wrong number of arguments for 'object|encoding' command"
> OBJECT garbage
< !"ERR unknown subcommand 'garbage'. Try OBJECT HELP."
> OBJECT garbage k
< !"ERR unknown subcommand 'garbage'. Try OBJECT HELP."
> OBJECT encoding k
< "embstr"
> object Encoding k
< "embstr"
> OBJECT REFCOUNT
< !"ERR wrong number of arguments for 'object|refcount' command"
> OBJECT IDLETIME
< !"ERR wrong number of arguments for 'object|idletime' command"
> OBJECT FREQ
< !"ERR wrong number of arguments for 'object|freq' command"
> OBJECT HELP x
< !"ERR wrong number of arguments for 'object|help' command"
> OBJECT HELP
< *?
