"""blockbuster: functions of the standard library that may not run on the thread of an event loop."""

from __future__ import annotations

from tests.oracle_table.blocking import free, held
from tests.oracle_table.judging import Group, Tool, spread


def system(call: str) -> str:
    """A call of `os` that waits for the file system."""
    return held("PW204", "os", f">{call}", takes="path, other, file")


def reading(mode: str, call: str) -> str:
    """A read or write of a file that was opened just before."""
    return held("PW204", "pathlib", f">with open(path, {mode!r}) as file:", f"    {call}", takes="path").replace(
        f"    {call}\n" + "def", f"    {call}  # <- PW204\n" + "def", 1
    )


def connected(call: str) -> str:
    """A method of a socket that was made just before."""
    return held("PW206", "socket", "link = socket.socket()", f">link.{call}", takes="address, data")


def encrypted(call: str) -> str:
    """A method of a socket with TLS."""
    return held("PW206", "ssl", f">link.{call}", takes="link: ssl.SSLSocket, data")


def fetched(call: str, of: str) -> str:
    """A method of a cursor or connection of SQLite."""
    return held("PW205", "sqlite3", f">it.{call}", takes=f"it: sqlite3.{of}, sql, rows")


def locked(call: str) -> str:
    """A call that waits for a lock."""
    return held("PW208", "threading", "lock = threading.Lock()", f">lock.{call}")


TRIVIAL = "it takes about a microsecond and asks no disk: said to nobody"
CASES = {
    "B1": held("PW202", "time", ">time.sleep(1)"),
    **spread(
        "B2",
        free("os", "os.getcwd()"),
        system("os.statvfs(path)"),
        system("os.sendfile(file, other, 0, 1)"),
        system("os.rename(path, other)"),
        system("os.remove(path)"),
        system("os.unlink(path)"),
        system("os.mkdir(path)"),
        system("os.rmdir(path)"),
        system("os.link(path, other)"),
        system("os.symlink(path, other)"),
        system("os.readlink(path)"),
        system("os.listdir(path)"),
        system("os.access(path, 4)"),
        system("os.stat(path)"),
        system("os.replace(path, other)"),
        held("PW204", "os", ">for one in os.scandir(path):", "    one.name", takes="path"),
    ),
    **spread(
        "B20",
        system("os.path.ismount(path)"),
        free("os", "os.path.samestat(one, other)", takes="one, other"),
        system("os.path.sameopenfile(file, other)"),
        system("os.path.islink(path)"),
        free("os", "os.path.abspath(path)", takes="path"),
        reading("rb", "file.read()"),
        reading("wb", "file.write(b'')"),
        reading("r+b", "file.read()"),
        reading("r+b", "file.write(b'')"),
        reading("r", "file.read()"),
        reading("w", "file.write('')"),
        connected("connect(address)"),
        connected("accept()"),
        connected("send(data)"),
        connected("sendall(data)"),
        connected("sendto(data, address)"),
        connected("recv(1)"),
        connected("recv_into(data)"),
        connected("recvfrom(1)"),
        connected("recvfrom_into(data)"),
        connected("recvmsg(1)"),
        encrypted("write(data)"),
        encrypted("send(data)"),
        encrypted("read()"),
        encrypted("recv(1)"),
        fetched("execute(sql)", "Cursor"),
        fetched("executemany(sql, rows)", "Cursor"),
        fetched("executescript(sql)", "Cursor"),
        fetched("fetchone()", "Cursor"),
        fetched("fetchmany(2)", "Cursor"),
        fetched("fetchall()", "Cursor"),
        fetched("execute(sql)", "Connection"),
        fetched("executemany(sql, rows)", "Connection"),
        fetched("executescript(sql)", "Connection"),
        fetched("commit()", "Connection"),
        fetched("rollback()", "Connection"),
        locked("acquire()"),
        locked("acquire_lock()"),
        held("PW208", "builtins", ">input()"),
        held("PW201", "requests", ">requests.get('https://example.org', timeout=3)"),
        free("socket", "link = socket.socket()", "link.setblocking(False)", "link.send(data)", takes="data"),
        held("PW204", "os", ">os.renames(path, path)", ">os.makedirs(path)", ">os.removedirs(path)", takes="path"),
        held(
            "PW204",
            "os",
            *[
                f">os.path.{name}(path)"
                for name in ("exists", "isfile", "isdir", "getsize", "getmtime", "getatime", "getctime")
            ],
            ">os.path.samefile(path, path)",
            takes="path",
        ),
        held("PW204", "tarfile", ">member = pack.extractfile('a')", ">member.read()", takes="pack: tarfile.TarFile"),
        free("sys", "sys.stdout.write('a')", "sys.stderr.write('a')"),
    ),
    "B67": free("threading", "lock = threading.Lock()", "lock.acquire(timeout=0)", "lock.acquire(blocking=False)"),
    "B68": held("PW208", "threading", "other = threading.Thread(target=print)", "other.start()", ">other.join()"),
    "B69": free("importlib, json", "import colorsys", "importlib.reload(json)"),
    "B74": """
import asyncio, time
async def first():
    await asyncio.to_thread(time.sleep, 1)
async def second():
    await asyncio.get_running_loop().run_in_executor(None, time.sleep, 1)
def helper():
    time.sleep(1)
async def third():
    await asyncio.to_thread(helper)
""",
    "B75": """
import boto3
import psycopg2
def rows(link):
    cursor = psycopg2.connect(link).cursor()
    cursor.execute("select 1")
    return cursor.fetchall()
async def first(link):
    return rows(link)  # <- PW205
async def second():
    boto3.client("s3").list_buckets()  # <- PW206
""",
}

TOOL = Tool(
    name="blockbuster",
    letter="B",
    classes="L16 T D2 L5 T33 L2 T L2 T L D2 L3 C2 D C P2",
    groups=(Group(("PW2",), CASES),),
    divergences={
        "B2": TRIVIAL,
        "B21": "it compares two results that are there already",
        "B24": TRIVIAL,
        "B68": "join() waits for the other thread: the detector does not watch it, the loop stands still all the same",
        "B75": "the detector cannot see into extensions in C; they wait in the same way",
    },
)
