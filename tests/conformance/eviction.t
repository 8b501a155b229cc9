# maxmemory. What is evicted and when is lodger's own business; that writes are refused or served is not.

@case no memory, no eviction
> SET k v
< +OK
> SET n 1
< +OK
> SET big "\{3000000*x}"
< +OK
> CONFIG SET maxmemory 1000
< +OK
> SET k w
< !"OOM command not allowed when used memory > 'maxmemory'."
> SET new v
< !"OOM command not allowed when used memory > 'maxmemory'."
> APPEND k x
< !"OOM command not allowed when used memory > 'maxmemory'."
> INCR n
< !"OOM command not allowed when used memory > 'maxmemory'."
> SETRANGE k 0 x
< !"OOM command not allowed when used memory > 'maxmemory'."
> MSET a 1
< !"OOM command not allowed when used memory > 'maxmemory'."
> SETNX z 1
< !"OOM command not allowed when used memory > 'maxmemory'."
> GETSET k w
< !"OOM command not allowed when used memory > 'maxmemory'."
> INCRBYFLOAT n 1
< !"OOM command not allowed when used memory > 'maxmemory'."
> COPY k k2
< !"OOM command not allowed when used memory > 'maxmemory'."
> GET k
< "v"
> EXISTS k
< :1
> STRLEN k
< :1
> GETEX k
< "v"
> EXPIRE k 100
< :1
> PERSIST k
< :1
> RENAME k k3
< +OK
> TTL k3
< :-1
> GETDEL k3
< "v"
> DEL n big
< :2
> DBSIZE
< :0
> CONFIG SET maxmemory 0
< +OK
> SET k w
< +OK

@case with a policy, old keys make room
> DEBUG POPULATE 100
< +OK
> CONFIG SET maxmemory-policy allkeys-random
< +OK
> CONFIG SET maxmemory 1000
< +OK
> CONFIG SET maxmemory 0
< +OK
> CONFIG SET maxmemory-policy noeviction
< +OK
> SET k v
< +OK
