import lodger

with lodger.open("app.lodger") as db:
    db.set("greeting", "hello", ex=10)
    print(db.get("greeting"))
    db.execute("ZADD", "scores", 1, "ada")
    print(db.zset("scores").to_dict())
