# SCAN. Whole iterations over random key spaces are in tests/diff.rs.

@case SCAN of an empty database
> SCAN 0
< *2 "0" *0
> SCAN 0 COUNT 100 MATCH * TYPE string
< *2 "0" *0

@case SCAN of a small database
> SET k v
< +OK
> SCAN 0
< *2 "0" *1 "k"
> SCAN 0 MATCH k
< *2 "0" *1 "k"
> SCAN 0 MATCH x*
< *2 "0" *0
> SCAN 0 COUNT 1000
< *2 "0" *1 "k"
> SCAN 0 TYPE string
< *2 "0" *1 "k"
> SCAN 0 TYPE STRING
< *2 "0" *1 "k"
> SCAN 0 TYPE list
< *2 "0" *0
> SCAN 0 TYPE garbage
< *2 "0" *0
> SCAN 0 TYPE ""
< *2 "0" *0
> SCAN 0 match * count 1000 type string
< *2 "0" *1 "k"
> SCAN 0 MATCH x* MATCH k
< *2 "0" *1 "k"
> SCAN 0 COUNT 5 COUNT 1000
< *2 "0" *1 "k"
> MSET a 1 b 2 c 3
< +OK
> SCAN 0 COUNT 1000
< *2 "0" *u4 "k" "a" "b" "c"
> SCAN 0 COUNT 1000 MATCH [ab]
< *2 "0" *u2 "a" "b"
> SCAN 0 COUNT 1000 MATCH ""
< *2 "0" *0
> SCAN 0 COUNT 9223372036854775807
< *2 "0" *u4 "k" "a" "b" "c"
> SELECT 1
< +OK
> SCAN 0
< *2 "0" *0

@case SCAN errors
> SCAN
< !"ERR wrong number of arguments for 'scan' command"
> SCAN abc
< !"ERR invalid cursor"
> SCAN ""
< *2 "0" *0
> SCAN -1 COUNT 1000
< *2 "0" *0
> SCAN 1.5
< !"ERR invalid cursor"
> SCAN " 0"
< !"ERR invalid cursor"
> SCAN 0x1
< !"ERR invalid cursor"
> SCAN 18446744073709551616
< !"ERR invalid cursor"
> SCAN 0 MATCH
< !"ERR syntax error"
> SCAN 0 COUNT
< !"ERR syntax error"
> SCAN 0 TYPE
< !"ERR syntax error"
> SCAN 0 COUNT 0
< !"ERR syntax error"
> SCAN 0 COUNT -1
< !"ERR syntax error"
> SCAN 0 COUNT abc
< !"ERR value is not an integer or out of range"
> SCAN 0 COUNT 1.5
< !"ERR value is not an integer or out of range"
> SCAN 0 COUNT 9223372036854775808
< !"ERR value is not an integer or out of range"
> SCAN 0 garbage
< !"ERR syntax error"
> SCAN 0 garbage 1
< !"ERR syntax error"
> SCAN 0 COUNT 10 garbage
< !"ERR syntax error"
> SCAN 0 COUNT 0 garbage
< !"ERR syntax error"
> SCAN abc COUNT 0
< !"ERR invalid cursor"
> SCAN abc garbage
< !"ERR invalid cursor"
> SCAN 0 COUNT abc COUNT 0
< !"ERR value is not an integer or out of range"
> SCAN 0 NOVALUES
< !"ERR syntax error"

@case SCAN leaves expired keys out
> SET a 1 PXAT 1
< +OK
> SET b 1 PX 50
< +OK
> SET c 1
< +OK
@advance 80
> SCAN 0 COUNT 100
< *2 "0" *1 "c"
