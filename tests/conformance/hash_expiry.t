# Fields of hashes that expire: HEXPIRE HPEXPIRE HEXPIREAT HPEXPIREAT HPERSIST HTTL HPTTL HEXPIRETIME HPEXPIRETIME
# HGETEX HGETDEL HSETEX.

@case HEXPIRE and its kin give fields an expiry
@since 8.0
> HSET h a 1 b 2 c 3
< :3
> HEXPIRE h 1000 FIELDS 2 a zz
< *2 :1 :-2
> HTTL h FIELDS 3 a b zz
< *3 :999..1000 :-1 :-2
> HPEXPIRE h 2000000 FIELDS 1 a
< *1 :1
> HPTTL h FIELDS 2 a zz
< *2 :1990000..2000000 :-2
> HEXPIREAT h 33177117420 fields 2 a b
< *2 :1 :1
> HEXPIRETIME h FIELDS 4 a b c d
< *4 :33177117420 :33177117420 :-1 :-2
> HPEXPIREAT h 33177117420001 FIELDS 1 c
< *1 :1
> HEXPIRETIME h FIELDS 1 c
< *1 :33177117421
> HPEXPIRETIME h FIELDS 4 a b c d
< *4 :33177117420000 :33177117420000 :33177117420001 :-2
> HGETALL h
< %3 "b" "2" "a" "1" "c" "3"
> HPERSIST h FIELDS 4 a b c d
< *4 :1 :1 :1 :-2
> HPERSIST h FIELDS 1 a
< *1 :-1
> HTTL h FIELDS 1 a
< *1 :-1
> HGETALL h
< %3 "a" "1" "b" "2" "c" "3"

@case the encoding of a small hash with expiries, and its order
@since 8.0
> HSET h a 1 b 2 c 3 d 4
< :4
> HTTL h FIELDS 1 a
< *1 :-1
> HPERSIST h FIELDS 1 a
< *1 :-1
> HGETEX h FIELDS 1 a
< *1 "1"
> HSETEX h KEEPTTL FIELDS 1 a 1
< :1
> OBJECT ENCODING h
< "listpack"
> HEXPIRE h 100 FIELDS 1 nofield
< *1 :-2
> OBJECT ENCODING h
< "listpackex"
> HPEXPIREAT h 33177117420300 FIELDS 1 c
< *1 :1
> HPEXPIREAT h 33177117420100 FIELDS 1 d
< *1 :1
> HPEXPIREAT h 33177117420300 FIELDS 1 a
< *1 :1
> HGETALL h
< %4 "d" "4" "a" "1" "c" "3" "b" "2"
> HSET h c 5
< :0
> HKEYS h
< *4 "d" "a" "b" "c"
> HINCRBY h d 1
< :5
> HINCRBYFLOAT h d 0.5
< "5.5"
> HSETNX h d 1
< :0
> HPEXPIRETIME h FIELDS 2 c d
< *2 :-1 :33177117420100
> HPERSIST h FIELDS 1 d
< *1 :1
> HVALS h
< *4 "1" "2" "5" "5.5"
> HSCAN h 0
< *2 "0" *8 "a" "1" "b" "2" "c" "5" "d" "5.5"
> HRANDFIELD h 9 WITHVALUES
<2 *8 "a" "1" "b" "2" "c" "5" "d" "5.5"
<3 *4 *2 "a" "1" *2 "b" "2" *2 "c" "5" *2 "d" "5.5"
> COPY h g
< :1
> OBJECT ENCODING g
< "listpackex"
> HPEXPIRETIME g FIELDS 2 a b
< *2 :33177117420300 :-1
> RENAME g f
< +OK
> HPEXPIRETIME f FIELDS 2 a b
< *2 :33177117420300 :-1
> HDEL f a
< :1
> HGETALL f
< %3 "b" "2" "c" "5" "d" "5.5"

@case a large hash keeps the expiries
@since 8.0
> CONFIG SET hash-max-listpack-entries 3
< +OK
> HSET h a 1 b 2 c 3
< :3
> HPEXPIREAT h 33177117420300 FIELDS 1 b
< *1 :1
> HSET h d 4
< :1
> OBJECT ENCODING h
< "hashtable"
> HPEXPIRETIME h FIELDS 4 a b c d
< *4 :-1 :33177117420300 :-1 :-1
> HPEXPIREAT h 33177117420200 LT FIELDS 2 a b
< *2 :1 :1
> HINCRBY h a 5
< :6
> HSET h b 7
< :0
> HPEXPIRETIME h FIELDS 4 a b c d
< *4 :33177117420200 :-1 :-1 :-1
> HPERSIST h FIELDS 2 a b
< *2 :1 :-1
> COPY h g
< :1
> HPEXPIREAT g 1 FIELDS 5 a b c d e
< *5 :2 :2 :2 :2 :-2
> EXISTS g
< :0
> HLEN h
< :4

@case conditions of HEXPIRE
@since 8.0
> HSET h a 1 b 2
< :2
> HEXPIREAT h 33177117420 XX FIELDS 2 a zz
< *2 :0 :-2
> HEXPIREAT h 33177117420 GT FIELDS 1 a
< *1 :0
> HEXPIREAT h 33177117420 NX FIELDS 1 a
< *1 :1
> HEXPIREAT h 33177117420 NX FIELDS 1 a
< *1 :0
> HEXPIREAT h 33177117420 GT FIELDS 1 a
< *1 :0
> HEXPIREAT h 33177117420 LT FIELDS 2 a b
< *2 :0 :1
> HEXPIREAT h 33177117421 gt FIELDS 1 a
< *1 :1
> HEXPIREAT h 33177117421 lt FIELDS 1 a
< *1 :0
> HEXPIREAT h 33177117419 lt FIELDS 1 a
< *1 :1
> HEXPIREAT h 33177117400 xx FIELDS 1 a
< *1 :1
> HEXPIREAT h 0 NX FIELDS 1 a
< *1 :0
> HEXPIREAT h 0 GT FIELDS 1 a
< *1 :0
> HEXPIREAT h 0 LT FIELDS 1 a
< *1 :2
> HEXPIREAT h 0 XX FIELDS 2 b b
< *2 :2 :-2
> EXISTS h
< :0

@case a time that has come removes fields
@since 8.0
> HSET h a 1 b 2 c 3 d 4
< :4
> HEXPIRE h 0 FIELDS 2 a a
< *2 :2 :-2
> HPEXPIRE h 0 FIELDS 1 b
< *1 :2
> HEXPIREAT h 1 FIELDS 1 zz
< *1 :-2
> HPEXPIREAT h 1 FIELDS 1 c
< *1 :2
> HGETALL h
< %1 "d" "4"
> HGETEX h EXAT 0 FIELDS 2 d d
< *2 "4" nil
> EXISTS h
< :0
> HSETEX h PXAT 1 FIELDS 1 a 1
< :1
> EXISTS h
< :0
> HSET h a 1 b 2
< :2
> HSETEX h PXAT 1 FIELDS 2 a 5 q 6
< :1
> HGETALL h
< %1 "b" "2"

@case HEXPIRE errors
@since 8.0
> HEXPIRE
< !"ERR wrong number of arguments for 'hexpire' command"
> HEXPIRE h 10 FIELDS 1
< !"ERR wrong number of arguments for 'hexpire' command"
> HEXPIRE h 10 1 a
< !"ERR wrong number of arguments for 'hexpire' command"
> HPEXPIRE h 10 1 a
< !"ERR wrong number of arguments for 'hpexpire' command"
> HEXPIREAT h 10 1 a
< !"ERR wrong number of arguments for 'hexpireat' command"
> HPEXPIREAT h 10 1 a
< !"ERR wrong number of arguments for 'hpexpireat' command"
> HSET h a 1
< :1
> SET s x
< +OK
> HEXPIRE s x FOO x a
< !WRONGTYPE
> HEXPIRE s -1 FIELDS 1 a
< !WRONGTYPE
> HEXPIRE nokey x FIELDS 1 a
< !"ERR value is not an integer or out of range"
> HEXPIRE nokey 10 FIELDS 2 a b
< *2 :-2 :-2
> HEXPIRE nokey 10 FIELDS 2 a
< !"ERR The `numfields` parameter must match the number of arguments"
> HEXPIRE nokey 10 FOO 2 a
< !"ERR Mandatory argument FIELDS is missing or not at the right position"
> HEXPIRE h x NX FOO 1 a
< !"ERR value is not an integer or out of range"
> HEXPIRE h "" FIELDS 1 a
< !"ERR value is not an integer or out of range"
> HEXPIRE h -1 NX FOO 1 a
< !"ERR invalid expire time, must be >= 0"
> HEXPIRE h 9223372036854775807 FIELDS 2 a
< !"ERR invalid expire time in 'hexpire' command"
> HEXPIRE h 70368744177 FIELDS 1 a
< !"ERR invalid expire time in 'hexpire' command"
> HPEXPIRE h 70368744177663 FIELDS 1 a
< !"ERR invalid expire time in 'hpexpire' command"
> HEXPIREAT h 70368744178 FIELDS 1 a
< !"ERR invalid expire time in 'hexpireat' command"
> HEXPIREAT h 70368744177 FIELDS 1 a
< *1 :1
> HPEXPIREAT h 70368744177664 FIELDS 1 a
< !"ERR invalid expire time in 'hpexpireat' command"
> HPEXPIREAT h 70368744177663 FIELDS 1 a
< *1 :1
> HPEXPIREAT h 9223372036854775808 FIELDS 1 a
< !"ERR value is not an integer or out of range"
> HEXPIRE h 10 NX XX FIELDS 1 a
< !"ERR Mandatory argument FIELDS is missing or not at the right position"
> HEXPIRE h 10 GT LT FIELDS 1 a
< !"ERR Mandatory argument FIELDS is missing or not at the right position"
> HEXPIRE h 10 FOO FIELDS 1 a
< !"ERR Mandatory argument FIELDS is missing or not at the right position"
> HEXPIRE h 10 FOO 1 a
< !"ERR Mandatory argument FIELDS is missing or not at the right position"
> HEXPIRE h 10 NX FIELDS 1
< !"ERR The `numfields` parameter must match the number of arguments"
> HEXPIRE h 10 FIELDS 0 a
< !"ERR Parameter `numFields` should be greater than 0"
> HEXPIRE h 10 FIELDS -1 a
< !"ERR Parameter `numFields` should be greater than 0"
> HEXPIRE h 10 FIELDS x a
< !"ERR Parameter `numFields` should be greater than 0"
> HEXPIRE h 10 FIELDS 9223372036854775807 a
< !"ERR The `numfields` parameter must match the number of arguments"
> HEXPIRE h 10 FIELDS 4294967297 a
< !"ERR The `numfields` parameter must match the number of arguments"
> HEXPIRE h 10 FIELDS 9223372036854775808 a
< !"ERR Parameter `numFields` should be greater than 0"
> HEXPIRE h 10 FIELDS 2 a
< !"ERR The `numfields` parameter must match the number of arguments"
> HEXPIRE h 10 FIELDS 1 a b
< !"ERR The `numfields` parameter must match the number of arguments"

@case errors of HTTL and its kin, and of HPERSIST
@since 8.0
> HTTL h FIELDS 1
< !"ERR wrong number of arguments for 'httl' command"
> HPTTL h
< !"ERR wrong number of arguments for 'hpttl' command"
> HEXPIRETIME h FIELDS
< !"ERR wrong number of arguments for 'hexpiretime' command"
> HPEXPIRETIME
< !"ERR wrong number of arguments for 'hpexpiretime' command"
> HPERSIST h FIELDS 1
< !"ERR wrong number of arguments for 'hpersist' command"
> SET s x
< +OK
> HTTL s FOO 1 a
< !WRONGTYPE
> HPERSIST s FOO 1 a
< !WRONGTYPE
> HTTL nokey FIELDS 2 a b
< *2 :-2 :-2
> HPERSIST nokey FIELDS 2 a b
< *2 :-2 :-2
> HTTL nokey FIELDS 3 a b
< !"ERR The `numfields` parameter must match the number of arguments"
> HSET h a 1
< :1
> HTTL h FOO x a
< !"ERR Mandatory argument FIELDS is missing or not at the right position"
> HTTL h FIELDS 0 a
< !"ERR Number of fields must be a positive integer"
> HTTL h FIELDS x a
< !"ERR Number of fields must be a positive integer"
> HPTTL h FIELDS -1 a
< !"ERR Number of fields must be a positive integer"
> HEXPIRETIME h FIELDS 9223372036854775807 a
< !"ERR The `numfields` parameter must match the number of arguments"
> HPEXPIRETIME h FIELDS 1 a b
< !"ERR The `numfields` parameter must match the number of arguments"
> HPERSIST h FIELDS 0 a
< !"ERR Number of fields must be a positive integer"
> HPERSIST h FIELDS 2 a
< !"ERR The `numfields` parameter must match the number of arguments"
> HPERSIST h FOO 1 a
< !"ERR Mandatory argument FIELDS is missing or not at the right position"

@case HGETDEL
@since 8.0
> HSET h a 1 b 2 c 3
< :3
> HGETDEL h FIELDS 3 a zz a
< *3 "1" nil nil
> HGETALL h
< %2 "b" "2" "c" "3"
> EXPIREAT h 33177117420
< :1
> HGETDEL h fields 1 b
< *1 "2"
> EXPIRETIME h
< :33177117420
> HGETDEL h FIELDS 1 c
< *1 "3"
> EXISTS h
< :0
> HGETDEL h FIELDS 2 a b
< *2 nil nil
> HGETDEL h FIELDS 1
< !"ERR wrong number of arguments for 'hgetdel' command"
> HGETDEL h FIELDS 2 a
< !"ERR The `numfields` parameter must match the number of arguments"
> HGETDEL h FIELDS 0 a
< !"ERR Number of fields must be a positive integer"
> HGETDEL h FIELDS x a
< !"ERR Number of fields must be a positive integer"
> HGETDEL h FOO 1 a
< !"ERR Mandatory argument FIELDS is missing or not at the right position"
> HGETDEL h FIELDS 4294967297 a
< !"ERR The `numfields` parameter must match the number of arguments"
> SET s x
< +OK
> HGETDEL s FOO 1 a
< !WRONGTYPE

@case HGETEX
@since 8.0
> HSET h a 1 b 2
< :2
> HGETEX h FIELDS 3 a zz b
< *3 "1" nil "2"
> HGETEX h EXAT 33177117420 FIELDS 3 a zz a
< *3 "1" nil "1"
> HEXPIRETIME h FIELDS 2 a b
< *2 :33177117420 :-1
> HGETEX h PXAT 33177117420001 FIELDS 1 b
< *1 "2"
> HPEXPIRETIME h FIELDS 2 a b
< *2 :33177117420000 :33177117420001
> HGETEX h FIELDS 1 a
< *1 "1"
> HGETEX h persist FIELDS 2 a b
< *2 "1" "2"
> HPEXPIRETIME h FIELDS 2 a b
< *2 :-1 :-1
> HGETEX h EX 1000 FIELDS 1 a
< *1 "1"
> HTTL h FIELDS 1 a
< *1 :999..1000
> HGETEX h px 1000000 FIELDS 1 a
< *1 "1"
> HPTTL h FIELDS 1 a
< *1 :990000..1000000
> HGETEX h EX 0 FIELDS 1 a
< *1 "1"
> HGETALL h
< %1 "b" "2"
> HGETEX nokey EX 10 FIELDS 2 a b
< *2 nil nil

@case HGETEX errors
@since 8.0
> HSET h a 1
< :1
> SET s x
< +OK
> HGETEX h FIELDS 1
< !"ERR wrong number of arguments for 'hgetex' command"
> HGETEX h EX 10 FIELDS
< !"ERR wrong number of arguments for 'hgetex' command"
> HGETEX h EX 10 FOO
< !"ERR wrong number of arguments for 'hgetex' command"
> HGETEX h EX 10 FIELDS 1
< !"ERR The `numfields` parameter must match the number of arguments"
> HGETEX h EX FIELDS 1 a
< !"ERR value is not an integer or out of range"
> HGETEX h EX x FOO 1 a
< !"ERR value is not an integer or out of range"
> HGETEX h EX -1 FIELDS 1 a
< !"ERR invalid expire time, must be >= 0"
> HGETEX h EX 70368744177 FIELDS 1 a
< !"ERR invalid expire time in 'hgetex' command"
> HGETEX h PX 9223372036854775807 FIELDS 1 a
< !"ERR invalid expire time in 'hgetex' command"
> HGETEX h PXAT 70368744177664 FIELDS 1 a
< !"ERR invalid expire time in 'hgetex' command"
> HGETEX h EX 10 PX 10 FIELDS 1 a
< !"ERR Mandatory argument FIELDS is missing or not at the right position"
> HGETEX h EX 10 EX 10 FIELDS 1 a
< !"ERR Mandatory argument FIELDS is missing or not at the right position"
> HGETEX h EX 10 PERSIST FIELDS 1 a
< !"ERR Mandatory argument FIELDS is missing or not at the right position"
> HGETEX h PERSIST PERSIST FIELDS 1 a
< !"ERR Mandatory argument FIELDS is missing or not at the right position"
> HGETEX h KEEPTTL FIELDS 1 a
< !"ERR Mandatory argument FIELDS is missing or not at the right position"
> HGETEX h FIELDS 1 a PERSIST
< !"ERR The `numfields` parameter must match the number of arguments"
> HGETEX h FIELDS 2 a
< !"ERR The `numfields` parameter must match the number of arguments"
> HGETEX h FIELDS 0 a
< !"ERR Number of fields must be a positive integer"
> HGETEX h FIELDS x a
< !"ERR Number of fields must be a positive integer"
> HGETEX h FOO x a
< !"ERR Mandatory argument FIELDS is missing or not at the right position"
> HGETEX s EX x FOO 1 a
< !WRONGTYPE
> HGETEX nokey EX -1 FIELDS 1 a
< !"ERR invalid expire time, must be >= 0"
> HGETALL h
< %1 "a" "1"

@case HSETEX
@since 8.0
> HSETEX h FIELDS 2 a 1 b 2
< :1
> OBJECT ENCODING h
< "listpack"
> HGETALL h
< %2 "a" "1" "b" "2"
> HSETEX h EXAT 33177117420 FIELDS 1 a 3
< :1
> HSETEX h EX 1000 FIELDS 1 c 4
< :1
> HTTL h FIELDS 3 a b c
< *3 :? :-1 :999..1000
> HSETEX h KEEPTTL FIELDS 2 a 5 b 6
< :1
> HEXPIRETIME h FIELDS 2 a b
< *2 :33177117420 :-1
> HSETEX h FIELDS 1 a 7
< :1
> HEXPIRETIME h FIELDS 1 a
< *1 :-1
> HSETEX h FNX FIELDS 2 a 8 z 9
< :0
> HSETEX h FXX FIELDS 2 a 8 z 9
< :0
> HSETEX h FNX FIELDS 2 q 1 q 2
< :1
> HSETEX h fxx px 1000000 fields 2 a 8 b 9
< :1
> HPTTL h FIELDS 2 a q
< *2 :990000..1000000 :-1
> HSETEX h EXAT 33177117420 FXX FIELDS 1 a 8
< :1
> HSETEX nokey FXX FIELDS 1 a 1
< :0
> EXISTS nokey
< :0
> HSETEX h EXAT 33177117420 FIELDS 3 a 1 a 2 a 3
< :1
> HGET h a
< "3"
> HSETEX h EX 10 FIELDS 1 "" ""
< :1
> HSETEX h EX 1000 FIELDS 1 a "\{65*v}"
< :1
> OBJECT ENCODING h
< "hashtable"

@case HSETEX errors
@since 8.0
> HSETEX h FIELDS 1 a
< !"ERR wrong number of arguments for 'hsetex' command"
> HSETEX h EX 10 FNX FIELDS
< !"ERR wrong number of arguments for 'hsetex' command"
> HSETEX h FIELDS 1 a 1 b
< !"ERR wrong number of arguments for 'hsetex' command"
> HSETEX h FIELDS 1 a 1 b 2
< !"ERR wrong number of arguments for 'hsetex' command"
> HSETEX h FIELDS 2 a 1
< !"ERR wrong number of arguments for 'hsetex' command"
> HSETEX h FIELDS 1 a 1 FNX
< !"ERR wrong number of arguments for 'hsetex' command"
> HSETEX h FIELDS 0 a 1
< !"ERR invalid number of fields"
> HSETEX h FIELDS x a 1
< !"ERR invalid number of fields"
> HSETEX h FIELDS 2147483648 a 1
< !"ERR invalid number of fields"
> HSETEX h FIELDS 2147483647 a 1
< !"ERR wrong number of arguments for 'hsetex' command"
> HSETEX h FIELDS 9223372036854775807 a 1
< !"ERR invalid number of fields"
> HSETEX h FOO 1 a 1
< !"ERR unknown argument: FOO"
> HSETEX h NX FIELDS 1 a 1
< !"ERR unknown argument: NX"
> HSETEX h PERSIST FIELDS 1 a 1
< !"ERR unknown argument: PERSIST"
> HSETEX h FNX FXX FIELDS 1 a 1
< !"ERR Only one of FXX or FNX arguments can be specified"
> HSETEX h FXX FXX FIELDS 1 a 1
< !"ERR Only one of FXX or FNX arguments can be specified"
> HSETEX h KEEPTTL EX 10 FIELDS 1 a 1
< !"ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"
> HSETEX h EX 10 PX x FIELDS 1 a 1
< !"ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"
> HSETEX h EX x FNX FXX FIELDS 1 a 1
< !"ERR value is not an integer or out of range"
> HSETEX h FNX FNX EX x FIELDS 1 a 1
< !"ERR Only one of FXX or FNX arguments can be specified"
> HSETEX h EX FIELDS 1 a 1
< !"ERR value is not an integer or out of range"
> HSETEX h EX -1 FOO 1 a 1
< !"ERR invalid expire time, must be >= 0"
> HSETEX h EX 70368744177 FIELDS 1 a 1
< !"ERR invalid expire time in 'hsetex' command"
> HSETEX h EXAT 70368744178 FIELDS 1 a 1
< !"ERR invalid expire time in 'hsetex' command"
> EXISTS h
< :0
> SET s x
< +OK
> HSETEX s FIELDS x a 1
< !"ERR invalid number of fields"
> HSETEX s EX -1 FIELDS 1 a 1
< !"ERR invalid expire time, must be >= 0"
> HSETEX s FIELDS 1 a 1
< !WRONGTYPE

@case a field whose time has come is absent for every reader
@since 8.0
> HSET h a 1
< :1
> HSETEX h PX 300 FIELDS 2 x 10 y 20
< :1
> HGET h x
< "10"
@advance 400
> HGET h x
< nil
> HMGET h x a y
< *3 nil "1" nil
> HEXISTS h y
< :0
> HSTRLEN h x
< :0
> HGETALL h
< %1 "a" "1"
> HKEYS h
< *1 "a"
> HVALS h
< *1 "1"
> HSCAN h 0
< *2 "0" *2 "a" "1"
> HRANDFIELD h 9
< *1 "a"
> HTTL h FIELDS 2 x a
< *2 :-2 :-1
> HPEXPIRETIME h FIELDS 1 y
< *1 :-2
> HPERSIST h FIELDS 2 x a
< *2 :-2 :-1
> HGETEX h FIELDS 2 x a
< *2 nil "1"
> HGETDEL h FIELDS 2 y a
< *2 nil "1"
> HGET h y
< nil
> HGETALL h
< %0

@case a large hash without the fields whose time has come
@since 8.0
> CONFIG SET hash-max-listpack-entries 0
< +OK
> HSET h a 1
< :1
> HSETEX h PX 300 FIELDS 2 x 10 y 20
< :1
> HGET h x
< "10"
@advance 400
> HGET h x
< nil
> HMGET h x a y
< *3 nil "1" nil
> HGETALL h
< %1 "a" "1"
> HKEYS h
< *1 "a"
> HSCAN h 0 COUNT 100
< *2 "0" *2 "a" "1"
> HRANDFIELD h 9
< *1 "a"
> HRANDFIELD h -2
< *2 "a" "a"
> HSETEX h FNX FIELDS 1 x 7
< :1
> HTTL h FIELDS 1 x
< *1 :-1
> HINCRBY h y 5
< :5
> HTTL h FIELDS 1 y
< *1 :-1
> HLEN h
< :3

@case HSETEX without a whole pair
@since 8.0
> HSETEX h KEEPTTL FIELDS -24 f
< !"ERR wrong number of arguments for 'hsetex' command"
> HSETEX h KEEPTTL FNX FIELDS x
< !"ERR wrong number of arguments for 'hsetex' command"
