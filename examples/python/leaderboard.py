"""A leaderboard: a sorted set as a mapping of players to scores."""

import lodger


def main() -> None:
    with lodger.open(decode_responses=True) as db:
        board = db.zset("board")
        board.update({"ada": 120, "grace": 310, "alan": 250, "edsger": 90})
        board.incr("ada", 205)
        for place, (player, score) in enumerate(board.range(0, 2, reverse=True), start=1):
            print(f"{place}. {player:8} {score:g}")
        assert board.rank("ada", reverse=True) == 0
        assert list(board) == ["edsger", "alan", "grace", "ada"]
        # Who has between 100 and 300 points.
        assert db.execute("ZRANGE", "board", 100, 300, "BYSCORE") == ["alan"]


if __name__ == "__main__":
    main()
