# Requests as bytes: inline commands, pipelines, and what is no request at all.

@case inline commands
>> "PING\r\n"
< +PONG
>> "PING\n"
< +PONG
>> "  PING   hello  \r\n"
< "hello"
>> "SET k \"a\\x41\\n b\"\r\n"
< +OK
>> "GET k\r\n"
< "aA\n b"
>> "SET k 'it\\'s'\r\n"
< +OK
>> "GET k\r\n"
< "it's"
>> "\r\n\r\nPING\r\n"
< +PONG
>> "nosuch a b\r\n"
< !"ERR unknown command 'nosuch', with args beginning with: 'a' 'b' "

@case pipelines
>> "*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n"
< +PONG "hi"
>> "PING\r\n*1\r\n$4\r\nPING\r\nPING x\r\n"
< +PONG +PONG "x"
>> "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\nb\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
< +OK "a\r\nb"

@case empty requests are passed over
>> "*0\r\n*1\r\n$4\r\nPING\r\n"
< +PONG
>> "*-1\r\n*1\r\n$4\r\nPING\r\n"
< +PONG
>> "*-5\r\nPING\r\n"
< +PONG

@case an empty argument
>> "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n"
< ""
>> "*1\r\n$0\r\n\r\n"
< !"ERR unknown command '', with args beginning with: "

@case unbalanced quotes
>> "SET k \"abc\r\n"
< !"ERR Protocol error: unbalanced quotes in request"

@case text after a closing quote
>> "SET k \"abc\"d\r\n"
< !"ERR Protocol error: unbalanced quotes in request"

@case a bulk length that is none
>> "*1\r\n$abc\r\nPING\r\n"
< !"ERR Protocol error: invalid bulk length"

@case a negative bulk length
>> "*1\r\n$-1\r\nPING\r\n"
< !"ERR Protocol error: invalid bulk length"

@case a bulk length beyond the limit
>> "*1\r\n$536870913\r\n"
< !"ERR Protocol error: invalid bulk length"

@case something else than a bulk string
>> "*1\r\n:1\r\n"
< !"ERR Protocol error: expected '$', got ':'"

@case too many arguments
>> "*1048577000000\r\n"
< !"ERR Protocol error: invalid multibulk length"

@case no number of arguments
>> "*abc\r\n"
< !"ERR Protocol error: invalid multibulk length"

@case a number with a sign
>> "*+1\r\n$4\r\nPING\r\n"
< !"ERR Protocol error: invalid multibulk length"

@case what came before the damage is answered
>> "*1\r\n$4\r\nPING\r\n*1\r\nxyz\r\n"
< +PONG !"ERR Protocol error: expected '$', got 'x'"
