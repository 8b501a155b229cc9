# WAIT and WAITAOF; there are no replicas.

@case WAIT
> WAIT 0 0
< :0
> WAIT 1 10
< :0
> WAIT -1 0
< :0
> WAIT x 1
< !"ERR value is not an integer or out of range"
> WAIT 0 x
< !"ERR timeout is not an integer or out of range"
> WAIT 1 -1
< !"ERR timeout is negative"
> WAIT 1 1.5
< !"ERR timeout is not an integer or out of range"
> WAIT 1
< !"ERR wrong number of arguments for 'wait' command"

@case WAITAOF without an append-only file
@since 7.2
> WAITAOF 0 0 0
< *2 :0 :0
> WAITAOF 0 1 10
< *2 :0 :0
> WAITAOF 1 0 0
< !"ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."
> WAITAOF 2 0 0
< !"ERR value is out of range, value must between 0 and 1"
> WAITAOF -1 0 0
< !"ERR value is out of range, value must between 0 and 1"
> WAITAOF 0 -1 0
< !"ERR value is out of range, must be positive"
> WAITAOF 0 0 -1
< !"ERR timeout is negative"
> WAITAOF x 0 0
< !"ERR value is not an integer or out of range"
> WAITAOF 1 x 0
< !"ERR value is out of range, must be positive"
> WAITAOF 0 0 x
< !"ERR timeout is not an integer or out of range"
> WAITAOF 1 0 9223372036854775807
< !"ERR timeout is out of range"
> WAITAOF 0 1 9223372036854775000
< !"ERR timeout is out of range"
> WAITAOF 0 0 9000000000000000000
< *2 :0 :0
> WAITAOF 0 0
< !"ERR wrong number of arguments for 'waitaof' command"
