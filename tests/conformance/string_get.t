# GETDEL, GETEX, GETRANGE, SUBSTR, SETRANGE, APPEND, STRLEN.

@case GETDEL
> SET k v
< +OK
> GETDEL k
< "v"
> EXISTS k
< :0
> GETDEL k
< nil
> GETDEL
< !"ERR wrong number of arguments for 'getdel' command"
> GETDEL a b
< !"ERR wrong number of arguments for 'getdel' command"
> SET k v EX 100
< +OK
> GETDEL k
< "v"
> SET k w
< +OK
> TTL k
< :-1

@case GETEX
> GETEX missing
< nil
> GETEX missing EX 10
< nil
> EXISTS missing
< :0
> SET k v
< +OK
> GETEX k
< "v"
> TTL k
< :-1
> GETEX k EX 100
< "v"
> TTL k
< :99..100
> GETEX k
< "v"
> TTL k
< :99..100
> GETEX k PX 50000
< "v"
> PTTL k
< :49000..50000
> GETEX k EXAT 33177117420
< "v"
> EXPIRETIME k
< :33177117420
> GETEX k PXAT 33177117420123
< "v"
> PEXPIRETIME k
< :33177117420123
> GETEX k PERSIST
< "v"
> TTL k
< :-1
> GETEX k PERSIST
< "v"
> GETEX k persist
< "v"
> GETEX k pxat 33177117420123
< "v"
> PEXPIRETIME k
< :33177117420123

@case GETEX in the past deletes
> SET k v
< +OK
> GETEX k EXAT 1
< "v"
> EXISTS k
< :0
> SET k v
< +OK
> GETEX k PXAT 1
< "v"
> EXISTS k
< :0
> DBSIZE
< :0

@case GETEX errors
> SET k v EXAT 33177117420
< +OK
> GETEX
< !"ERR wrong number of arguments for 'getex' command"
> GETEX k EX
< !"ERR syntax error"
> GETEX k garbage
< !"ERR syntax error"
> GETEX k NX
< !"ERR syntax error"
> GETEX k KEEPTTL
< !"ERR syntax error"
> GETEX k GET
< !"ERR syntax error"
> GETEX k EX 0
< !"ERR invalid expire time in 'getex' command"
> GETEX k EX -1
< !"ERR invalid expire time in 'getex' command"
> GETEX k PX 0
< !"ERR invalid expire time in 'getex' command"
> GETEX k EXAT 0
< !"ERR invalid expire time in 'getex' command"
> GETEX k PXAT -1
< !"ERR invalid expire time in 'getex' command"
> GETEX k EX abc
< !"ERR value is not an integer or out of range"
> GETEX k EX 9223372036854775807
< !"ERR invalid expire time in 'getex' command"
> GETEX k EX 9223372036854776
< !"ERR invalid expire time in 'getex' command"
> GETEX k PX 9223372036854775807
< !"ERR invalid expire time in 'getex' command"
> GETEX k PXAT 9223372036854775808
< !"ERR value is not an integer or out of range"
> GETEX k EX 10 PX 10
< !"ERR syntax error"
> GETEX k EX 10 EX 10
< "v"
> GETEX k EX 10 PERSIST
< !"ERR syntax error"
> GETEX k PERSIST EX 10
< !"ERR syntax error"
> GETEX k PERSIST PERSIST
< "v"
> GETEX k EX 10 garbage
< !"ERR syntax error"
> GETEX k EX abc garbage
< !"ERR syntax error"
> EXPIRETIME k
< :-1
> GETEX missing EX 0
< nil
> GETEX missing EX abc
< nil
> GETEX missing garbage
< !"ERR syntax error"

@case GETRANGE
> SET k "Hello World"
< +OK
> GETRANGE k 0 4
< "Hello"
> GETRANGE k 0 -1
< "Hello World"
> GETRANGE k -5 -1
< "World"
> GETRANGE k 6 100
< "World"
> GETRANGE k 0 0
< "H"
> GETRANGE k -1 -1
< "d"
> GETRANGE k 5 3
< ""
> GETRANGE k -1 -5
< ""
> GETRANGE k 100 200
< ""
> GETRANGE k 11 11
< ""
> GETRANGE k 10 11
< "d"
> GETRANGE k -100 3
< "Hell"
> GETRANGE k -100 -200
< ""
> GETRANGE k -200 -100
< "H"
> GETRANGE k -100 -11
< "H"
> GETRANGE k -11 -11
< "H"
> GETRANGE k 0 9223372036854775807
< "Hello World"
> GETRANGE k -9223372036854775808 9223372036854775807
< "Hello World"
> GETRANGE k -9223372036854775808 -9223372036854775808
< "H"
> GETRANGE missing 0 -1
< ""
> SET e ""
< +OK
> GETRANGE e 0 -1
< ""
> SET n 12345
< +OK
> GETRANGE n 1 3
< "234"
> GETRANGE n -2 -1
< "45"
> SET b "\x00\x01\x02\xff"
< +OK
> GETRANGE b 1 2
< "\x01\x02"
> GETRANGE b 0 -1
< "\x00\x01\x02\xff"

@case GETRANGE errors
> GETRANGE k
< !"ERR wrong number of arguments for 'getrange' command"
> GETRANGE k 0
< !"ERR wrong number of arguments for 'getrange' command"
> GETRANGE k 0 1 2
< !"ERR wrong number of arguments for 'getrange' command"
> GETRANGE k a 1
< !"ERR value is not an integer or out of range"
> GETRANGE k 0 b
< !"ERR value is not an integer or out of range"
> GETRANGE k 0 1.5
< !"ERR value is not an integer or out of range"
> GETRANGE k 9223372036854775808 0
< !"ERR value is not an integer or out of range"
> GETRANGE k 0 -9223372036854775809
< !"ERR value is not an integer or out of range"
> GETRANGE k "" 0
< !"ERR value is not an integer or out of range"
> GETRANGE k " 1" 2
< !"ERR value is not an integer or out of range"

@case SUBSTR is the old name of GETRANGE
> SET k "Hello World"
< +OK
> SUBSTR k 0 4
< "Hello"
> SUBSTR k -5 -1
< "World"
> SUBSTR k 5 3
< ""
> SUBSTR missing 0 -1
< ""
> SUBSTR k
< !"ERR wrong number of arguments for 'substr' command"
> SUBSTR k 0 1 2
< !"ERR wrong number of arguments for 'substr' command"
> SUBSTR k a b
< !"ERR value is not an integer or out of range"

@case SETRANGE
> SETRANGE k 0 hello
< :5
> GET k
< "hello"
> SETRANGE k 6 world
< :11
> GET k
< "hello\x00world"
> SETRANGE k 0 J
< :11
> GET k
< "Jello\x00world"
> SETRANGE k 11 ""
< :11
> GET k
< "Jello\x00world"
> SETRANGE missing 0 ""
< :0
> SETRANGE missing 10 ""
< :0
> EXISTS missing
< :0
> SETRANGE pad 3 x
< :4
> GET pad
< "\x00\x00\x00x"
> SET n 12345
< +OK
> OBJECT ENCODING n
< "int"
> SETRANGE n 1 99
< :5
> GET n
< "19945"
> OBJECT ENCODING n
< "raw"
> SET t v EXAT 33177117420
< +OK
> SETRANGE t 0 w
< :1
> EXPIRETIME t
< :33177117420
> SET s abc
< +OK
> OBJECT ENCODING s
< "embstr"
> SETRANGE s 1 X
< :3
> OBJECT ENCODING s
< "raw"
> SETRANGE s 1 ""
< :3
> GET s
< "aXc"

@case SETRANGE errors and limits
> SETRANGE k
< !"ERR wrong number of arguments for 'setrange' command"
> SETRANGE k 0
< !"ERR wrong number of arguments for 'setrange' command"
> SETRANGE k 0 a b
< !"ERR wrong number of arguments for 'setrange' command"
> SETRANGE k -1 a
< !"ERR offset is out of range"
> SETRANGE k a b
< !"ERR value is not an integer or out of range"
> SETRANGE k 1.5 b
< !"ERR value is not an integer or out of range"
> SETRANGE k -1 ""
< !"ERR offset is out of range"
> SETRANGE k 536870912 a
< !"ERR string exceeds maximum allowed size (proto-max-bulk-len)"
> SETRANGE k 536870911 ab
< !"ERR string exceeds maximum allowed size (proto-max-bulk-len)"
> SETRANGE k 9223372036854775807 a
< !"ERR string exceeds maximum allowed size (proto-max-bulk-len)"
> SETRANGE k 9223372036854775808 a
< !"ERR value is not an integer or out of range"
> SETRANGE k 9223372036854775807 ""
< :0
> EXISTS k
< :0
> SET k abc
< +OK
> SETRANGE k -1 a
< !"ERR offset is out of range"
> SETRANGE k -1 ""
< !"ERR offset is out of range"
> SETRANGE k 536870912 a
< !"ERR string exceeds maximum allowed size (proto-max-bulk-len)"
> SETRANGE k 536870912 ""
< :3
> SETRANGE k 9223372036854775807 a
< !"ERR string exceeds maximum allowed size (proto-max-bulk-len)"
> GET k
< "abc"

@case APPEND
> APPEND k Hello
< :5
> APPEND k " World"
< :11
> GET k
< "Hello World"
> APPEND k ""
< :11
> APPEND new ""
< :0
> EXISTS new
< :1
> GET new
< ""
> SET n 12
< +OK
> OBJECT ENCODING n
< "int"
> APPEND n 3
< :3
> GET n
< "123"
> OBJECT ENCODING n
< "raw"
> INCR n
< :124
> OBJECT ENCODING n
< "int"
> SET s abc
< +OK
> APPEND s d
< :4
> OBJECT ENCODING s
< "raw"
> APPEND s ""
< :4
> APPEND fresh 123
< :3
> OBJECT ENCODING fresh
< "int"
> APPEND fresh2 abc
< :3
> OBJECT ENCODING fresh2
< "embstr"
> SET t v EXAT 33177117420
< +OK
> APPEND t w
< :2
> EXPIRETIME t
< :33177117420
> APPEND
< !"ERR wrong number of arguments for 'append' command"
> APPEND k
< !"ERR wrong number of arguments for 'append' command"
> APPEND k a b
< !"ERR wrong number of arguments for 'append' command"
> APPEND bin "\x00\xff"
< :2
> GET bin
< "\x00\xff"

@case STRLEN
> STRLEN missing
< :0
> SET k hello
< +OK
> STRLEN k
< :5
> SET n -12345
< +OK
> STRLEN n
< :6
> SET b "\x00\x00"
< +OK
> STRLEN b
< :2
> SET e ""
< +OK
> STRLEN e
< :0
> STRLEN
< !"ERR wrong number of arguments for 'strlen' command"
> STRLEN a b
< !"ERR wrong number of arguments for 'strlen' command"

@case expired keys are gone for readers
> SET k v PX 60
< +OK
> GETEX k
< "v"
@advance 90
> GETEX k
< nil
> GETDEL k
< nil
> STRLEN k
< :0
> GETRANGE k 0 -1
< ""
> SET k v PX 60
< +OK
> APPEND k w
< :2
@advance 90
> APPEND k x
< :1
> PTTL k
< :-1
> SET r hello PX 60
< +OK
@advance 90
> SETRANGE r 0 a
< :1
> GET r
< "a"
> PTTL r
< :-1
> GETEX k PX 60
< "x"
@advance 90
> EXISTS k
< :0
