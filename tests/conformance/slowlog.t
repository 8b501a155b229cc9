# SLOWLOG.

@case what is kept
> CONFIG SET slowlog-log-slower-than 0
< +OK
> SLOWLOG RESET
< +OK
> CLIENT SETNAME me
< +OK
> SET key "\{200*x}"
< +OK
> SLOWLOG GET 1
< *1 *6 :? :? :? *3 "SET" "key" ?"xxx*xxx... (72 more bytes)" ? "me"
> DEL 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33
< :0
> SLOWLOG GET 1
< *1 *6 :? :? :? *32 "DEL" "1" "2" "3" "4" "5" "6" "7" "8" "9" "10" "11" "12" "13" "14" "15" "16" "17" "18" "19" "20" "21"
< "22" "23" "24" "25" "26" "27" "28" "29" "30" "... (3 more arguments)" ? "me"
> AUTH default secret
< +OK
> SLOWLOG GET 1
< *1 *6 :? :? :? *3 "AUTH" "(redacted)" "(redacted)" ? "me"
> MULTI
< +OK
> GET nokey
< +QUEUED
> EXEC
< *1 nil
> SLOWLOG GET 1
< *1 *6 :? :? :? *2 "GET" "nokey" ? "me"
> SLOWLOG LEN
< :5..20
> CONFIG SET slowlog-max-len 2
< +OK
> SLOWLOG LEN
< :2
> CONFIG SET slowlog-log-slower-than 1000000
< +OK
> SLOWLOG RESET
< +OK
> SLOWLOG LEN
< :0
> PING
< +PONG
> SLOWLOG GET
< *0
> SLOWLOG GET -1
< *0
> SLOWLOG GET 0
< *0

@case what it is not
> SLOWLOG
< !"ERR wrong number of arguments for 'slowlog' command"
> SLOWLOG GET -2
< !"ERR count should be greater than or equal to -1"
> SLOWLOG GET x
< !"ERR count should be greater than or equal to -1"
> SLOWLOG GET 1 2
< !"ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP."
> SLOWLOG LEN 1
< !"ERR wrong number of arguments for 'slowlog|len' command"
> CONFIG SET slowlog-max-len -1
< !"ERR CONFIG SET failed (possibly related to argument 'slowlog-max-len') - argument must be between 0 and 9223372036854775807 inclusive"
> CONFIG SET slowlog-log-slower-than -2
< !"ERR CONFIG SET failed (possibly related to argument 'slowlog-log-slower-than') - argument must be between -1 and 9223372036854775807 inclusive"

@case a password is not told
> CONFIG SET slowlog-log-slower-than 0
< +OK
> CONFIG SET requirepass ""
< +OK
> SLOWLOG GET 1
< *1 *6 :? :? :? *4 "CONFIG" "SET" "requirepass" "(redacted)" ? ?
> CONFIG SET slowlog-log-slower-than 10000
< +OK
