# EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT, TTL, PTTL, EXPIRETIME, PEXPIRETIME, PERSIST.

@case EXPIRE and TTL
> EXPIRE missing 10
< :0
> TTL missing
< :-2
> PTTL missing
< :-2
> EXPIRETIME missing
< :-2
> PEXPIRETIME missing
< :-2
> SET k v
< +OK
> TTL k
< :-1
> PTTL k
< :-1
> EXPIRETIME k
< :-1
> PEXPIRETIME k
< :-1
> EXPIRE k 100
< :1
> TTL k
< :99..100
> PTTL k
< :99000..100000
> EXPIRETIME k
< :1600000000..33177117420
> PEXPIRE k 50000
< :1
> PTTL k
< :49000..50000
> TTL k
< :49..50
> PEXPIRE k 1500
< :1
> TTL k
< :1..2
> EXPIREAT k 33177117420
< :1
> EXPIRETIME k
< :33177117420
> PEXPIRETIME k
< :33177117420000
> PEXPIREAT k 33177117420999
< :1
> EXPIRETIME k
< :33177117421
> PEXPIRETIME k
< :33177117420999
> GET k
< "v"

@case TTL rounds to the nearest second
> SET k v PX 100400
< +OK
> TTL k
< :100
> SET k v PX 100900
< +OK
> TTL k
< :101
> SET k v PXAT 33177117420499
< +OK
> EXPIRETIME k
< :33177117420
> SET k v PXAT 33177117420500
< +OK
> EXPIRETIME k
< :33177117421

@case EXPIRE in the past deletes
> SET k v
< +OK
> EXPIRE k 0
< :1
> EXISTS k
< :0
> SET k v
< +OK
> EXPIRE k -1
< :1
> EXISTS k
< :0
> SET k v
< +OK
> PEXPIRE k 0
< :1
> EXISTS k
< :0
> SET k v
< +OK
> PEXPIRE k -100
< :1
> EXISTS k
< :0
> SET k v
< +OK
> EXPIREAT k 1
< :1
> EXISTS k
< :0
> SET k v
< +OK
> EXPIREAT k 0
< :1
> EXISTS k
< :0
> SET k v
< +OK
> EXPIREAT k -1
< :1
> EXISTS k
< :0
> SET k v
< +OK
> PEXPIREAT k 1
< :1
> EXISTS k
< :0
> SET k v
< +OK
> PEXPIREAT k -1
< :1
> EXISTS k
< :0
> DBSIZE
< :0

@case EXPIRE limits
> SET k v
< +OK
> EXPIRE k 9223372036854775807
< !"ERR invalid expire time in 'expire' command"
> EXPIRE k 9223372036854776
< !"ERR invalid expire time in 'expire' command"
> EXPIRE k 9223372036854775
< !"ERR invalid expire time in 'expire' command"
> EXPIRE k -9223372036854775807
< !"ERR invalid expire time in 'expire' command"
> EXPIRE k -9223372036854775808
< !"ERR invalid expire time in 'expire' command"
> PEXPIRE k 9223372036854775807
< !"ERR invalid expire time in 'pexpire' command"
> PEXPIRE k 9223370000000000000
< :1
> EXPIREAT k 9223372036854775807
< !"ERR invalid expire time in 'expireat' command"
> EXPIREAT k 9223372036854776
< !"ERR invalid expire time in 'expireat' command"
> EXPIREAT k -9223372036854775808
< !"ERR invalid expire time in 'expireat' command"
> EXISTS k
< :1
> EXPIREAT k 9223372036854775
< :1
> EXPIRETIME k
< :9223372036854775
> PEXPIREAT k 9223372036854775807
< :1
> PEXPIRETIME k
< :9223372036854775807
> EXPIRE missing 9223372036854775807
< !"ERR invalid expire time in 'expire' command"
> EXPIREAT missing 9223372036854775807
< !"ERR invalid expire time in 'expireat' command"
> EXPIRE k 9223372036854775808
< !"ERR value is not an integer or out of range"
> PEXPIREAT k -9223372036854775809
< !"ERR value is not an integer or out of range"
> EXISTS k
< :1
> PEXPIREAT k -9223372036854775808
< :1
> EXISTS k
< :0
> SET k v
< +OK
> PEXPIRE k -9223372036854775808
< :1
> EXISTS k
< :0
> SET k v
< +OK
> EXPIREAT k -9223372036854775
< :1
> EXISTS k
< :0

@case EXPIRE errors
> SET k v
< +OK
> EXPIRE
< !"ERR wrong number of arguments for 'expire' command"
> EXPIRE k
< !"ERR wrong number of arguments for 'expire' command"
> EXPIRE k abc
< !"ERR value is not an integer or out of range"
> EXPIRE k 1.5
< !"ERR value is not an integer or out of range"
> EXPIRE k ""
< !"ERR value is not an integer or out of range"
> EXPIRE k " 1"
< !"ERR value is not an integer or out of range"
> EXPIRE missing abc
< !"ERR value is not an integer or out of range"
> PEXPIRE k
< !"ERR wrong number of arguments for 'pexpire' command"
> PEXPIRE k abc
< !"ERR value is not an integer or out of range"
> EXPIREAT k
< !"ERR wrong number of arguments for 'expireat' command"
> EXPIREAT k abc
< !"ERR value is not an integer or out of range"
> PEXPIREAT k
< !"ERR wrong number of arguments for 'pexpireat' command"
> PEXPIREAT k abc
< !"ERR value is not an integer or out of range"
> EXPIRE k 10 garbage
< !"ERR Unsupported option garbage"
> EXPIRE k 10 NX garbage
< !"ERR Unsupported option garbage"
> EXPIRE k abc NX XX
< !"ERR NX and XX, GT or LT options at the same time are not compatible"
> EXPIRE k abc garbage
< !"ERR Unsupported option garbage"
> PEXPIRE k 10 garbage
< !"ERR Unsupported option garbage"
> EXPIREAT k 33177117420 garbage
< !"ERR Unsupported option garbage"
> PEXPIREAT k 33177117420000 garbage
< !"ERR Unsupported option garbage"
> EXPIRE missing 10 garbage
< !"ERR Unsupported option garbage"
> EXPIRE k 9223372036854775807 garbage
< !"ERR Unsupported option garbage"
> TTL
< !"ERR wrong number of arguments for 'ttl' command"
> TTL a b
< !"ERR wrong number of arguments for 'ttl' command"
> PTTL
< !"ERR wrong number of arguments for 'pttl' command"
> PTTL a b
< !"ERR wrong number of arguments for 'pttl' command"
> EXPIRETIME
< !"ERR wrong number of arguments for 'expiretime' command"
> EXPIRETIME a b
< !"ERR wrong number of arguments for 'expiretime' command"
> PEXPIRETIME
< !"ERR wrong number of arguments for 'pexpiretime' command"
> PEXPIRETIME a b
< !"ERR wrong number of arguments for 'pexpiretime' command"
> TTL k
< :-1

@case EXPIRE options that clash
> SET k v
< +OK
> EXPIRE k 10 NX XX
< !"ERR NX and XX, GT or LT options at the same time are not compatible"
> EXPIRE k 10 NX GT
< !"ERR NX and XX, GT or LT options at the same time are not compatible"
> EXPIRE k 10 NX LT
< !"ERR NX and XX, GT or LT options at the same time are not compatible"
> EXPIRE k 10 GT LT
< !"ERR GT and LT options at the same time are not compatible"
> EXPIRE k 10 XX GT LT
< !"ERR GT and LT options at the same time are not compatible"
> EXPIRE k 10 NX XX GT LT
< !"ERR NX and XX, GT or LT options at the same time are not compatible"
> EXPIRE k 10 LT GT NX
< !"ERR NX and XX, GT or LT options at the same time are not compatible"
> EXPIRE k 10 NX NX
< :1
> PERSIST k
< :1
> EXPIRE k 10 XX XX
< :0
> EXPIRE k 10 XX GT
< :0
> EXPIRE k 10 XX LT
< :0
> EXPIRE k 10 LT XX
< :0
> EXPIRE missing 10 NX XX
< !"ERR NX and XX, GT or LT options at the same time are not compatible"
> PEXPIREAT k 33177117420000 GT LT
< !"ERR GT and LT options at the same time are not compatible"
> PEXPIRE k 10 NX GT
< !"ERR NX and XX, GT or LT options at the same time are not compatible"
> EXPIREAT k 33177117420 NX XX
< !"ERR NX and XX, GT or LT options at the same time are not compatible"

@case EXPIRE NX and XX
> SET k v
< +OK
> EXPIREAT k 33177117420 XX
< :0
> TTL k
< :-1
> EXPIREAT k 33177117420 NX
< :1
> EXPIRETIME k
< :33177117420
> EXPIREAT k 33177117421 NX
< :0
> EXPIRETIME k
< :33177117420
> EXPIREAT k 33177117422 XX
< :1
> EXPIRETIME k
< :33177117422
> EXPIREAT k 33177117423 xx
< :1
> EXPIRETIME k
< :33177117423
> EXPIRE k 100 nx
< :0
> EXPIRETIME k
< :33177117423
> PEXPIREAT k 33177117424000 xx
< :1
> EXPIRETIME k
< :33177117424
> EXPIRE missing 10 NX
< :0
> EXPIRE missing 10 XX
< :0

@case EXPIRE GT and LT
> SET k v
< +OK
> EXPIREAT k 33177117420 GT
< :0
> TTL k
< :-1
> EXPIREAT k 33177117420 LT
< :1
> EXPIRETIME k
< :33177117420
> EXPIREAT k 33177117420 GT
< :0
> EXPIREAT k 33177117420 LT
< :0
> EXPIREAT k 33177117419 GT
< :0
> EXPIREAT k 33177117421 GT
< :1
> EXPIRETIME k
< :33177117421
> EXPIREAT k 33177117422 LT
< :0
> EXPIREAT k 33177117410 LT
< :1
> EXPIRETIME k
< :33177117410
> EXPIREAT k 33177117411 XX GT
< :1
> EXPIRETIME k
< :33177117411
> EXPIREAT k 33177117400 XX LT
< :1
> EXPIRETIME k
< :33177117400
> EXPIRE k 100 GT
< :0
> EXPIRE k 100 LT
< :1
> TTL k
< :99..100
> PEXPIRE k 200000 gt
< :1
> PTTL k
< :199000..200000
> PEXPIRE k 10 GT
< :0
> PTTL k
< :199000..200000
> SET p v
< +OK
> EXPIREAT p 33177117420 XX LT
< :0
> TTL p
< :-1
> EXPIREAT p 33177117420 XX GT
< :0
> TTL p
< :-1

@case conditions and times in the past
> SET k v
< +OK
> EXPIRE k -1 XX
< :0
> EXISTS k
< :1
> EXPIRE k -1 GT
< :0
> EXISTS k
< :1
> EXPIREAT k 33177117420
< :1
> EXPIRE k -1 NX
< :0
> EXISTS k
< :1
> EXPIRE k -1 GT
< :0
> EXISTS k
< :1
> EXPIRE k -1 LT
< :1
> EXISTS k
< :0
> SET k v
< +OK
> EXPIRE k -1 NX
< :1
> EXISTS k
< :0
> SET k v
< +OK
> EXPIRE k 0 LT
< :1
> EXISTS k
< :0

@case PERSIST
> PERSIST missing
< :0
> SET k v
< +OK
> PERSIST k
< :0
> EXPIRE k 100
< :1
> PERSIST k
< :1
> TTL k
< :-1
> PERSIST k
< :0
> PERSIST
< !"ERR wrong number of arguments for 'persist' command"
> PERSIST a b
< !"ERR wrong number of arguments for 'persist' command"

@case what keeps a TTL and what drops it
> SET k 1 EXAT 33177117420
< +OK
> GET k
< "1"
> INCR k
< :2
> APPEND k 0
< :2
> SETRANGE k 0 9
< :2
> GETEX k
< "90"
> EXPIRETIME k
< :33177117420
> SET k 2
< +OK
> TTL k
< :-1
> EXPIREAT k 33177117420
< :1
> GETSET k 3
< "2"
> TTL k
< :-1
> EXPIREAT k 33177117420
< :1
> MSET k 4
< +OK
> TTL k
< :-1
> EXPIREAT k 33177117420
< :1
> SET k 5 XX
< +OK
> TTL k
< :-1
> EXPIREAT k 33177117420
< :1
> DEL k
< :1
> SET k 1
< +OK
> TTL k
< :-1

@case keys disappear in time
> SET k v PX 80
< +OK
> SET stay v
< +OK
> EXISTS k
< :1
@advance 110
> EXISTS k
< :0
> GET k
< nil
> TTL k
< :-2
> PTTL k
< :-2
> EXPIRETIME k
< :-2
> PERSIST k
< :0
> EXPIRE k 10
< :0
> SET k v PX 40
< +OK
> PERSIST k
< :1
@advance 70
> GET k
< "v"
> PEXPIRE k 60
< :1
@advance 90
> TYPE k
< +none
> GET stay
< "v"

@case without the active cycle they are counted until somebody looks
> DEBUG SET-ACTIVE-EXPIRE 0
< +OK
> SET a 1 PX 30
< +OK
> SET b 1 PX 30
< +OK
> SET c 1
< +OK
@advance 200
> DBSIZE
< :3
> GET a
< nil
> DBSIZE
< :2
> KEYS *
< *1 "c"
> DEBUG SET-ACTIVE-EXPIRE 1
< +OK
