# COPY.

@case COPY
> SET a 1
< +OK
> COPY a b
< :1
> GET b
< "1"
> COPY a b
< :0
> SET a 2
< +OK
> COPY a b
< :0
> GET b
< "1"
> COPY a b REPLACE
< :1
> GET b
< "2"
> COPY a b replace
< :1
> COPY missing x
< :0
> COPY missing b REPLACE
< :0
> GET b
< "2"
> COPY a a
< !"ERR source and destination objects are the same"
> COPY a a REPLACE
< !"ERR source and destination objects are the same"
> COPY missing missing
< !"ERR source and destination objects are the same"
> COPY
< !"ERR wrong number of arguments for 'copy' command"
> COPY a
< !"ERR wrong number of arguments for 'copy' command"

@case COPY across databases
> SET a 1
< +OK
> COPY a a DB 1
< :1
> COPY a a DB 1
< :0
> COPY a a DB 1 REPLACE
< :1
> COPY a a REPLACE DB 1
< :1
> COPY a b DB 0
< :1
> COPY a a DB 0
< !"ERR source and destination objects are the same"
> SELECT 1
< +OK
> KEYS *
< *1 "a"
> GET a
< "1"
> COPY a a DB 0
< :0
> COPY a z db 0
< :1
> SELECT 0
< +OK
> GET z
< "1"
> COPY a b DB 1 DB 2 REPLACE
< :1
> SELECT 2
< +OK
> KEYS *
< *1 "b"
> SELECT 1
< +OK
> EXISTS b
< :0

@case COPY takes the TTL along
> SET a 1 EXAT 33177117420
< +OK
> COPY a b
< :1
> EXPIRETIME b
< :33177117420
> EXPIRETIME a
< :33177117420
> SET c 2
< +OK
> COPY c b REPLACE
< :1
> TTL b
< :-1
> SET d 3 EXAT 33177117420
< +OK
> COPY a d REPLACE DB 3
< :1
> SELECT 3
< +OK
> EXPIRETIME d
< :33177117420

@case the copy is another value
> SET a "\{60*x}"
< +OK
> COPY a b
< :1
> APPEND a y
< :61
> STRLEN a
< :61
> STRLEN b
< :60
> SET n 5
< +OK
> COPY n m
< :1
> INCR n
< :6
> GET m
< "5"
> OBJECT ENCODING m
< "int"
> OBJECT ENCODING b
< "raw"

@case COPY errors
> SET a 1
< +OK
> COPY a b garbage
< !"ERR syntax error"
> COPY a b DB
< !"ERR syntax error"
> COPY a b DB abc
< !"ERR value is not an integer or out of range"
> COPY a b DB 1.5
< !"ERR value is not an integer or out of range"
> COPY a b DB -1
< !"ERR DB index is out of range"
> COPY a b DB 16
< !"ERR DB index is out of range"
> COPY a b DB 99999999999999999999
< !"ERR value is not an integer or out of range"
> COPY a b DB 1 garbage
< !"ERR syntax error"
> COPY a b REPLACE garbage
< !"ERR syntax error"
> COPY a b REPLACE REPLACE
< :1
> COPY missing b DB 16
< !"ERR DB index is out of range"
> COPY missing b garbage
< !"ERR syntax error"
> COPY a a DB 16
< !"ERR DB index is out of range"
> COPY a a garbage
< !"ERR syntax error"

@case COPY of expired keys
> SET a 1 PX 60
< +OK
> SET b old
< +OK
> SET c 1
< +OK
> SET d 1 PX 60
< +OK
@advance 90
> COPY a b REPLACE
< :0
> GET b
< "old"
> COPY c d
< :1
> TTL d
< :-1
