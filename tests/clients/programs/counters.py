"""pottery and walrus: HyperLogLogs, Bloom filters of bits and numbers of a few bits; and redis-py's own methods for all of them."""

import warnings
from importlib.metadata import version

import pottery
import redis
from harness import same, test
from program import URL, main
from walrus import Database
from walrus.containers import HyperLogLog

# pottery warns of every method that looks at more than one element.
warnings.simplefilter("ignore")

# Errors of the estimate: three times the standard error of 0.81 per cent.
NEAR = 0.025


def client():
    return redis.Redis.from_url(URL)


def near(got, wanted):
    assert abs(got - wanted) <= NEAR * wanted, f"{got} is not near {wanted}"


@test("pottery's HyperLogLog counts, knows what it was given, and takes in another")
def _():
    searches = pottery.HyperLogLog(["sonic", "tetris"], redis=client(), key="searches")
    searches.add("tetris")
    searches.update([f"world {number}" for number in range(8)])
    same(len(searches), 10)
    same(("sonic" in searches, "chess" in searches), (True, False))
    same(list(searches.contains_many("sonic", "go", "world 3")), [True, False, True])
    others = pottery.HyperLogLog((f"page {number}" for number in range(5000)), redis=client(), key="others")
    near(len(others), 5000)
    both = searches.union(others, redis=client(), key="both")
    near(len(both), 5010)
    searches.clear()
    same(len(searches), 0)


@test("pottery's Bloom filter has what was added, and hardly anything else")
def _():
    seen = pottery.BloomFilter(num_elements=1000, false_positives=0.01, redis=client(), key="seen")
    seen.update(f"job {number}" for number in range(500))
    same(all(seen.contains_many(*[f"job {number}" for number in range(500)])), True)
    wrong = sum(seen.contains_many(*[f"task {number}" for number in range(500)]))
    assert wrong <= 25, f"{wrong} of 500 were never added"
    near(len(seen), 500)


@test("walrus's Bloom filter and bit fields")
def _():
    database = Database.from_url(URL)
    urls = database.bloom_filter("urls", size=4096)
    for number in range(200):
        urls.add(f"/page/{number}")
    same(all(f"/page/{number}" in urls for number in range(200)), True)
    same(sum(f"/other/{number}" in urls for number in range(200)) < 20, True)
    field = database.bit_field("levels")
    same(field.set("u8", 0, 250).get("u8", 0).incrby("u8", 0, 10, "SAT").execute(), [0, 250, 255])
    same(field.incrby("u8", 0, 1, "FAIL").execute(), [None])
    field[8:12] = 9
    same((field[8:12], field.get_raw(), field.bit_count()), (9, b"\xff\x90", 10))
    del field[0:4]
    same((field.get_bit(3), field.set_bit(3, 1), field.get_raw()), (0, 0, b"\x1f\x90"))


@test("walrus's HyperLogLog counts unions and merges")
def _():
    database = Database.from_url(URL)
    monday, tuesday = HyperLogLog(database, "monday"), HyperLogLog(database, "tuesday")
    same((monday.add("ann", "bob"), monday.add("ann"), tuesday.add("bob", "cleo")), (1, 0, 1))
    week = monday.merge("week", tuesday)
    same((len(monday), len(tuesday), len(week)), (2, 2, 3))


@test("redis-py's bits: counted and searched by bytes and by bits, combined, and as fields")
def _():
    r = client()
    same([r.setbit("bits", at, 1) for at in (1, 9, 17, 9)], [0, 0, 0, 1])
    same((r.getbit("bits", 9), r.getbit("bits", 1000)), (1, 0))
    same((r.bitcount("bits"), r.bitcount("bits", 1, 1), r.bitcount("bits", 5, 16, "BIT")), (3, 1, 1))
    same((r.bitpos("bits", 1), r.bitpos("bits", 1, 1), r.bitpos("bits", 0, 9, 9, "BIT")), (1, 9, -1))
    r.set("mask", b"\xff\x00")
    same([r.bitop(operation, "out", "bits", "mask") for operation in ("AND", "OR", "XOR")], [3, 3, 3])
    same((r.get("out"), r.bitop("NOT", "out", "mask"), r.get("out")), (b"\xbf\x40\x40", 2, b"\x00\xff"))
    same(r.bitfield("out").set("i5", 100, 1).incrby("i5", 100, 20, "SAT").get("i5", 100).execute(), [0, 15, 15])
    same(r.bitfield_ro("out", "u8", 0, [("u8", 8)]), [0, 255])


@test("redis-py's HyperLogLog")
def _():
    r = client()
    same((r.pfadd("a", *range(100)), r.pfadd("a", 1), r.pfadd("b", *range(50, 150))), (1, 0, 1))
    near(r.pfcount("a"), 100)
    near(r.pfcount("a", "b"), 150)
    same((r.pfmerge("c", "a", "b"), r.pfcount("c") == r.pfcount("a", "b")), (True, True))
    copy = r.get("c")
    r.set("d", copy)
    same(r.pfcount("d"), r.pfcount("c"))


main(f"counters, pottery {version('pottery')}, walrus {version('walrus')}")
