# MSETEX, newer than any server the tests can start: its public documentation says what it does.

@case MSETEX sets several keys
@since 8.4
> MSETEX 2 a 1 b 2
< :1
> MGET a b
< *2 "1" "2"
> MSETEX 1 a 3
< :1
> GET a
< "3"
> MSETEX 2 a 4 a 5
< :1
> GET a
< "5"

@case MSETEX drops a TTL unless told otherwise
@since 8.4
> SET a 1 EXAT 33177117420
< +OK
> MSETEX 1 a 2
< :1
> TTL a
< :-1
> SET a 1 EXAT 33177117420
< +OK
> MSETEX 2 a 2 b 3 KEEPTTL
< :1
> EXPIRETIME a
< :33177117420
> TTL b
< :-1

@case MSETEX with an expiry
@since 8.4
> MSETEX 2 a 1 b 2 EX 100
< :1
> TTL a
< :99..100
> TTL b
< :99..100
> MSETEX 1 a 1 PX 50000
< :1
> PTTL a
< :49000..50000
> MSETEX 2 a 1 b 2 EXAT 33177117420
< :1
> EXPIRETIME b
< :33177117420
> MSETEX 1 a 1 pxat 33177117420123
< :1
> PEXPIRETIME a
< :33177117420123
> MSETEX 2 a 1 c 1 PXAT 1
< :1
> EXISTS a c
< :0

@case MSETEX NX and XX
@since 8.4
> MSETEX 2 a 1 b 2 XX
< :0
> EXISTS a b
< :0
> MSETEX 2 a 1 b 2 NX
< :1
> MSETEX 2 b 3 c 4 NX
< :0
> MGET a b c
< *3 "1" "2" nil
> MSETEX 2 b 3 c 4 XX
< :0
> MGET b c
< *2 "2" nil
> MSETEX 2 a 5 b 6 XX
< :1
> MGET a b
< *2 "5" "6"
> MSETEX 1 c 7 EX 100 NX
< :1
> TTL c
< :99..100
> MSETEX 1 c 8 XX KEEPTTL
< :1
> TTL c
< :99..100
> MSETEX 1 c 9 NX EX 7
< :0
> TTL c
< :99..100

@case MSETEX errors
@since 8.4
> MSETEX
< !"ERR wrong number of arguments for 'msetex' command"
> MSETEX 1
< !"ERR wrong number of arguments for 'msetex' command"
> MSETEX 1 a
< !"ERR wrong number of arguments for 'msetex' command"
> MSETEX 0 a 1
< !ERR
> MSETEX -1 a 1
< !ERR
> MSETEX x a 1
< !ERR
> MSETEX 2 a 1 b
< !ERR
> MSETEX 2 a 1
< !ERR
> MSETEX 9223372036854775807 a 1
< !ERR
> MSETEX 1 a 1 b
< !"ERR syntax error"
> MSETEX 1 a 1 NX XX
< !"ERR syntax error"
> MSETEX 1 a 1 EX 10 PX 10
< !"ERR syntax error"
> MSETEX 1 a 1 EX 10 KEEPTTL
< !"ERR syntax error"
> MSETEX 1 a 1 EX
< !"ERR syntax error"
> MSETEX 1 a 1 garbage
< !"ERR syntax error"
> MSETEX 1 a 1 GET
< !"ERR syntax error"
> MSETEX 1 a 1 EX abc
< !"ERR value is not an integer or out of range"
> MSETEX 1 a 1 EX 0
< !"ERR invalid expire time in 'msetex' command"
> MSETEX 1 a 1 PXAT -1
< !"ERR invalid expire time in 'msetex' command"
> MSETEX 1 a 1 EX 9223372036854775807
< !"ERR invalid expire time in 'msetex' command"
> EXISTS a b
< :0
