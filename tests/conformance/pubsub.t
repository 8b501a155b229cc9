# PUBLISH, SPUBLISH, PUBSUB where nobody listens.

@case nobody listens
> PUBLISH c m
< :0
> SPUBLISH c m
< :0
> PUBSUB CHANNELS
< *0
> PUBSUB CHANNELS a*
< *0
> PUBSUB CHANNELS a b
< !"ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB HELP."
> pubsub channels a b
< !"ERR unknown subcommand or wrong number of arguments for 'channels'. Try PUBSUB HELP."
> PUBSUB SHARDCHANNELS
< *0
> PUBSUB SHARDCHANNELS a b
< !"ERR unknown subcommand or wrong number of arguments for 'SHARDCHANNELS'. Try PUBSUB HELP."
> PUBSUB NUMPAT
< :0
> PUBSUB NUMPAT x
< !"ERR wrong number of arguments for 'pubsub|numpat' command"
> PUBSUB SHARDNUMSUB a b
< *4 "a" :0 "b" :0
> PUBSUB NUMSUB a
< *2 "a" :0
> PUBSUB NUMSUB
< *0
> PUBSUB
< !"ERR wrong number of arguments for 'pubsub' command"
> PUBSUB foo
< !"ERR unknown subcommand 'foo'. Try PUBSUB HELP."
> PUBLISH c
< !"ERR wrong number of arguments for 'publish' command"
> SPUBLISH c m x
< !"ERR wrong number of arguments for 'spublish' command"

@case in a transaction
> MULTI
< +OK
> PUBLISH c m
< +QUEUED
> PUBSUB NUMPAT
< +QUEUED
> EXEC
< *2 :0 :0
