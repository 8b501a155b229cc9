# SET, SETNX, SETEX, PSETEX, GETSET, MSET, MSETNX: writing whole values.

@case SET and GET
> SET k hello
< +OK
> GET k
< "hello"
> GET missing
< nil
> SET k ""
< +OK
> GET k
< ""
> STRLEN k
< :0
> SET "" empty-key
< +OK
> GET ""
< "empty-key"
> SET "\x00\xff\r\n" "\x00\x01\xfe\r\n"
< +OK
> GET "\x00\xff\r\n"
< "\x00\x01\xfe\r\n"
> set K upper
< +OK
> GeT k
< ""
> GET K
< "upper"

@case SET arity and garbage
> SET
< !"ERR wrong number of arguments for 'set' command"
> SET k
< !"ERR wrong number of arguments for 'set' command"
> SET k v garbage
< !"ERR syntax error"
> SET k v EX
< !"ERR syntax error"
> SET k v PX
< !"ERR syntax error"
> SET k v EXAT
< !"ERR syntax error"
> SET k v PXAT
< !"ERR syntax error"
> SET k v ""
< !"ERR syntax error"
> GET
< !"ERR wrong number of arguments for 'get' command"
> GET a b
< !"ERR wrong number of arguments for 'get' command"
> EXISTS k
< :0

@case SET NX and XX
> SET k 1 XX
< nil
> EXISTS k
< :0
> SET k 1 NX
< +OK
> SET k 2 NX
< nil
> GET k
< "1"
> SET k 3 XX
< +OK
> GET k
< "3"
> SET k 4 NX XX
< !"ERR syntax error"
> SET k 4 XX NX
< !"ERR syntax error"
> SET k 4 nx
< nil
> SET k 4 Xx
< +OK
> SET k 5 XX XX
< +OK
> SET new 1 NX NX
< +OK

@case SET GET
> SET k 1 GET
< nil
> SET k 2 GET
< "1"
> SET k 3 get
< "2"
> GET k
< "3"
> SET k 4 XX GET
< "3"
> SET k 5 NX GET
< "4"
> GET k
< "4"
> SET other 1 NX GET
< nil
> GET other
< "1"
> SET third 1 XX GET
< nil
> EXISTS third
< :0
> SET k 6 GET GET
< "4"

@case SET expiry options, relative
> SET k v EX 100
< +OK
> TTL k
< :99..100
> SET k v PX 100000
< +OK
> PTTL k
< :99000..100000
> SET k v ex 50
< +OK
> TTL k
< :49..50
> SET k v
< +OK
> TTL k
< :-1
> SET k v EX 0
< !"ERR invalid expire time in 'set' command"
> SET k v EX -1
< !"ERR invalid expire time in 'set' command"
> SET k v PX 0
< !"ERR invalid expire time in 'set' command"
> SET k v PX -5
< !"ERR invalid expire time in 'set' command"
> SET k v EX abc
< !"ERR value is not an integer or out of range"
> SET k v EX 1.5
< !"ERR value is not an integer or out of range"
> SET k v EX " 10"
< !"ERR value is not an integer or out of range"
> SET k v EX 9223372036854775807
< !"ERR invalid expire time in 'set' command"
> SET k v EX 9223372036854775808
< !"ERR value is not an integer or out of range"
> SET k v EX 9223372036854776
< !"ERR invalid expire time in 'set' command"
> SET k v PX 9223372036854775807
< !"ERR invalid expire time in 'set' command"
> SET k v EX 10 PX 10000
< !"ERR syntax error"
> SET k v EX 10 EX 20
< +OK
> SET k v PX 10 EX 20
< !"ERR syntax error"
> TTL k
< :20
> GET k
< "v"

@case SET expiry options, absolute
> SET k v EXAT 33177117420
< +OK
> EXPIRETIME k
< :33177117420
> PEXPIRETIME k
< :33177117420000
> SET k v PXAT 33177117420123
< +OK
> PEXPIRETIME k
< :33177117420123
> EXPIRETIME k
< :33177117420
> SET k v EXAT 0
< !"ERR invalid expire time in 'set' command"
> SET k v EXAT -1
< !"ERR invalid expire time in 'set' command"
> SET k v PXAT 0
< !"ERR invalid expire time in 'set' command"
> SET k v PXAT -1
< !"ERR invalid expire time in 'set' command"
> SET k v EXAT abc
< !"ERR value is not an integer or out of range"
> SET k v PXAT 9223372036854775808
< !"ERR value is not an integer or out of range"
> SET k v EXAT 9223372036854775807
< !"ERR invalid expire time in 'set' command"
> SET k v PXAT 9223372036854775807
< +OK
> PEXPIRETIME k
< :9223372036854775807
> SET k v EXAT 33177117420 EX 10
< !"ERR syntax error"
> SET k v EXAT 33177117420 PXAT 33177117420000
< !"ERR syntax error"
> SET k v EXAT 1
< +OK
> EXISTS k
< :0
> SET k v
< +OK
> SET k v PXAT 1
< +OK
> EXISTS k
< :0
> DBSIZE
< :0

@case SET KEEPTTL
> SET k v EXAT 33177117420
< +OK
> SET k w KEEPTTL
< +OK
> GET k
< "w"
> EXPIRETIME k
< :33177117420
> SET k x KEEPTTL EX 10
< !"ERR syntax error"
> SET k x EX 10 KEEPTTL
< !"ERR syntax error"
> SET k x KEEPTTL KEEPTTL
< +OK
> EXPIRETIME k
< :33177117420
> SET k y XX KEEPTTL GET
< "x"
> GET k
< "y"
> EXPIRETIME k
< :33177117420
> SET fresh v KEEPTTL
< +OK
> TTL fresh
< :-1
> SET k z
< +OK
> TTL k
< :-1

@case SET: NX that fails keeps everything
> SET k v EXAT 33177117420
< +OK
> SET k w NX EX 10
< nil
> GET k
< "v"
> EXPIRETIME k
< :33177117420
> SET k w NX GET EX 10
< "v"
> EXPIRETIME k
< :33177117420

@case SET: which error wins
> SET k v EX abc XX NX
< !"ERR syntax error"
> SET k v XX NX EX abc
< !"ERR syntax error"
> SET k v EX 0 garbage
< !"ERR syntax error"
> SET k v EX abc garbage
< !"ERR syntax error"
> SET k v EX 10 garbage
< !"ERR syntax error"
> SET k v NX EX 0
< !"ERR invalid expire time in 'set' command"
> SET k v XX EX 0
< !"ERR invalid expire time in 'set' command"
> SET k v PERSIST
< !"ERR syntax error"
> EXISTS k
< :0

@case SETNX
> SETNX k 1
< :1
> SETNX k 2
< :0
> GET k
< "1"
> SETNX k
< !"ERR wrong number of arguments for 'setnx' command"
> SETNX k 1 2
< !"ERR wrong number of arguments for 'setnx' command"
> SETNX e ""
< :1
> STRLEN e
< :0
> SET t v EXAT 33177117420
< +OK
> SETNX t w
< :0
> EXPIRETIME t
< :33177117420

@case SETEX and PSETEX
> SETEX k 100 v
< +OK
> TTL k
< :99..100
> GET k
< "v"
> PSETEX k 100000 w
< +OK
> PTTL k
< :99000..100000
> GET k
< "w"
> SETEX k 0 v
< !"ERR invalid expire time in 'setex' command"
> SETEX k -1 v
< !"ERR invalid expire time in 'setex' command"
> SETEX k abc v
< !"ERR value is not an integer or out of range"
> SETEX k 9223372036854775807 v
< !"ERR invalid expire time in 'setex' command"
> SETEX k 9223372036854775808 v
< !"ERR value is not an integer or out of range"
> SETEX k 9223372036854776 v
< !"ERR invalid expire time in 'setex' command"
> PSETEX k 0 v
< !"ERR invalid expire time in 'psetex' command"
> PSETEX k -1 v
< !"ERR invalid expire time in 'psetex' command"
> PSETEX k abc v
< !"ERR value is not an integer or out of range"
> PSETEX k 1.0 v
< !"ERR value is not an integer or out of range"
> PSETEX k 9223372036854775807 v
< !"ERR invalid expire time in 'psetex' command"
> SETEX
< !"ERR wrong number of arguments for 'setex' command"
> SETEX k 10
< !"ERR wrong number of arguments for 'setex' command"
> SETEX k 10 v x
< !"ERR wrong number of arguments for 'setex' command"
> PSETEX k
< !"ERR wrong number of arguments for 'psetex' command"
> PSETEX k 10 v x
< !"ERR wrong number of arguments for 'psetex' command"
> GET k
< "w"

@case GETSET
> GETSET k 1
< nil
> GETSET k 2
< "1"
> GET k
< "2"
> EXPIRE k 100
< :1
> GETSET k 3
< "2"
> TTL k
< :-1
> GETSET k
< !"ERR wrong number of arguments for 'getset' command"
> GETSET k 1 2
< !"ERR wrong number of arguments for 'getset' command"
> GETSET k "\x00"
< "3"
> GETSET k ""
< "\x00"
> STRLEN k
< :0

@case MSET and MGET
> MSET a 1 b 2 c 3
< +OK
> MGET a b c
< *3 "1" "2" "3"
> MGET a missing c
< *3 "1" nil "3"
> MGET missing
< *1 nil
> MSET a 1 a 2 a 3
< +OK
> GET a
< "3"
> MGET a a a
< *3 "3" "3" "3"
> MSET
< !"ERR wrong number of arguments for 'mset' command"
> MSET a
< !"ERR wrong number of arguments for 'mset' command"
> MSET a 1 b
< !"ERR wrong number of arguments for 'mset' command"
> MGET
< !"ERR wrong number of arguments for 'mget' command"
> GET b
< "2"
> SET t v EX 100
< +OK
> MSET t w
< +OK
> TTL t
< :-1
> MSET "" ""
< +OK
> MGET ""
< *1 ""

@case MSETNX
> MSETNX a 1 b 2
< :1
> MGET a b
< *2 "1" "2"
> MSETNX b 3 c 4
< :0
> MGET a b c
< *3 "1" "2" nil
> MSETNX c 1 c 2
< :1
> GET c
< "2"
> MSETNX
< !"ERR wrong number of arguments for 'msetnx' command"
> MSETNX a
< !"ERR wrong number of arguments for 'msetnx' command"
> MSETNX a 1 b
< !"ERR wrong number of arguments for 'msetnx' command"
> MSETNX x 1
< :1
> SET t v EXAT 33177117420
< +OK
> MSETNX t 1 u 2
< :0
> EXPIRETIME t
< :33177117420
> EXISTS u
< :0

@case a value may be long
> SET k "\{100000*x}"
< +OK
> STRLEN k
< :100000
> GETRANGE k 99998 -1
< "xx"
> SET k2 "\{44*y}"
< +OK
> OBJECT ENCODING k2
< "embstr"
> SET k2 "\{45*y}"
< +OK
> OBJECT ENCODING k2
< "raw"
> MGET k2 k2
< *2 "\{45*y}" "\{45*y}"
> GETSET k2 z
< "\{45*y}"

@case expired keys are gone for writers
> SET k v PX 60
< +OK
> GET k
< "v"
@advance 90
> GET k
< nil
> SET k w XX
< nil
> SET k w NX
< +OK
> PTTL k
< :-1
> SET t 1 PX 60
< +OK
> SETNX t 2
< :0
@advance 90
> SETNX t 2
< :1
> GET t
< "2"
> TTL t
< :-1
> SET m 1 PX 60
< +OK
@advance 90
> MSETNX m 2 n 3
< :1
> MGET m n
< *2 "2" "3"
> SET g 1 PX 60
< +OK
@advance 90
> GETSET g 2
< nil
> TTL g
< :-1
