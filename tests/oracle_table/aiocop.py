"""aiocop: events that the interpreter itself announces, on the thread of an event loop."""

from __future__ import annotations

from tests.oracle_table.blocking import free, held
from tests.oracle_table.judging import Group, Tool, spread


def file(imports: str, *calls: str) -> str:
    """Calls that wait for the file system."""
    return held("PW204", imports, *[f">{call}" for call in calls], takes="path, other")


def process(*calls: str) -> str:
    """Calls that start a process."""
    return held("PW203", "os, subprocess", *[f">{call}" for call in calls], takes="path, words")


def remote(imports: str, *lines: str) -> str:
    """Calls that wait for a server."""
    return held("PW206", imports, *lines, takes="host, data")


TRIVIAL = "it takes about a microsecond and asks no disk: said to nobody"
LINK = "link = socket.socket()"
CASES = spread(
    "O1",
    held("PW202", "time", ">time.sleep(1)"),
    remote("socket", ">socket.getaddrinfo(host, 80)"),
    remote("socket", ">socket.getnameinfo((host, 80), 0)"),
    remote("socket", ">socket.gethostbyname(host)"),
    remote("socket", ">socket.gethostbyaddr(host)"),
    file("os", "for one in os.walk(path): pass"),
    file("os", "for one in os.fwalk(path): pass"),
    file("glob", "glob.glob(path)"),
    file("pathlib", "list(pathlib.Path(path).glob('*'))"),
    file("pathlib", "list(pathlib.Path(path).rglob('*'))"),
    file("shutil", "shutil.copytree(path, other)"),
    file("shutil", "shutil.rmtree(path)"),
    held("PW201", "http.client", "link = http.client.HTTPConnection(host)", ">link.connect()", takes="host"),
    held("PW201", "urllib.request", ">urllib.request.urlopen(urllib.request.Request(url))", takes="url"),
    remote("ftplib", "link = ftplib.FTP()", ">link.connect(host)"),
    remote("smtplib", "link = smtplib.SMTP()", ">link.connect(host)"),
    remote("poplib", ">poplib.POP3(host)"),
    remote("imaplib", ">imaplib.IMAP4(host)"),
    free("nntplib", "nntplib.NNTP(host)", takes="host"),
    process("os.system(path)"),
    process("os.spawnv(os.P_WAIT, path, words)", "os.spawnlp(os.P_NOWAIT, path, path)"),
    process("os.posix_spawn(path, words, {})"),
    free("os", "os.execv(path, words)", "os.execvpe(path, words, {})", takes="path, words"),
    process("os.fork()"),
    process("subprocess.Popen(words)"),
    held("PW208", "builtins", ">input()"),
    free("sys", "import colorsys"),
    remote("socket", LINK, ">link.connect((host, 80))"),
    remote("socket", LINK, ">link.connect_ex((host, 80))"),
    remote("socket", LINK, ">link.accept()"),
    file("io", "open(path)", "io.open(path)"),
    file("tempfile", "tempfile.mkdtemp()"),
    file("tempfile", "tempfile.mkstemp()"),
    file("os", "os.listdir(path)"),
    file("os", "os.scandir(path)"),
    file("os", "os.mkdir(path)"),
    file("os", "os.rmdir(path)"),
    file("os", "os.remove(path)"),
    file("os", "os.rename(path, other)"),
    file("os", "os.replace(path, other)"),
    file("os", "os.link(path, other)"),
    file("os", "os.symlink(path, other)"),
    file("os", "os.truncate(path, 0)"),
    file("shutil", "shutil.copyfile(path, other)"),
    file("shutil", "shutil.copymode(path, other)"),
    file("shutil", "shutil.copystat(path, other)"),
    file("shutil", "shutil.move(path, other)"),
    held("PW205", "sqlite3", ">sqlite3.connect(path)", takes="path"),
    file("os", "os.sendfile(path, other, 0, 1)"),
    remote(
        "socket",
        LINK,
        ">link.send(data)",
        ">link.sendto(data, host)",
        ">link.sendmsg([data])",
        ">link.sendall(data)",
        ">link.recv(1)",
        ">link.recv_into(data)",
        ">link.recvfrom(1)",
        ">link.recvfrom_into(data)",
        ">link.recvmsg(1)",
    ),
    remote(
        "socket, ssl",
        LINK,
        ">safe = ssl.create_default_context().wrap_socket(link)",
        ">safe.write(data)",
        ">safe.send(data)",
        ">safe.read()",
        ">safe.recv(1)",
    ),
    held("PW208", "fcntl", ">fcntl.flock(path, fcntl.LOCK_EX)", takes="path"),
    held("PW208", "fcntl", ">fcntl.lockf(path, fcntl.LOCK_EX)", takes="path"),
    free("os, signal", "os.kill(number, signal.SIGTERM)", takes="number"),
    remote("syslog", ">syslog.syslog(data)"),
    free("syslog", "syslog.openlog('app')"),
    file("os", "os.path.ismount(path)"),
    file("os", "os.readlink(path)"),
    file("os", "os.access(path, 4)"),
    file("os", "os.stat(path)"),
    file("os", "os.statvfs(path)"),
    file("os", "os.path.sameopenfile(path, other)"),
    free("os", "os.getcwd()"),
    free("os", "os.path.abspath(path)", takes="path"),
    file("os", "os.path.islink(path)"),
    free("socket", LINK, "link.bind((host, 80))", takes="host"),
)

TOOL = Tool(
    name="aiocop",
    letter="O",
    classes="L66",
    groups=(Group(("PW2",), CASES),),
    divergences={
        "O19": "nntplib left the standard library with Python 3.13",
        "O23": "the process is replaced: no loop is left that could wait",
        "O27": "a module is loaded once; another detector leaves imports alone as well",
        "O54": "a signal is sent, not waited for",
        "O56": "the name is kept; the socket is opened by the first message",
        "O63": TRIVIAL,
        "O64": TRIVIAL,
        "O66": "binding an address waits for nobody",
    },
)
