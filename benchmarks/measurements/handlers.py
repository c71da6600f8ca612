"""FastAPI under load: a blocking `async def` handler against the same as `def`, and a pool of sleeping threads.

Requests come in together through the application's ASGI interface. Run: python benchmarks/measurements/handlers.py
"""

from __future__ import annotations

import asyncio
import time

import httpx
from fastapi import FastAPI

WAIT = 0.05
app = FastAPI()


@app.get("/async-def")
async def on_the_loop() -> str:
    """Blocks the loop."""
    time.sleep(WAIT)
    return "ok"


@app.get("/def")
def in_a_thread() -> str:
    """Blocks a thread of the pool."""
    time.sleep(WAIT)
    return "ok"


@app.get("/quick")
def quick() -> str:
    """Does nothing, in a thread."""
    return "ok"


@app.get("/sleepy")
def sleepy() -> str:
    """Keeps a thread asleep."""
    time.sleep(0.5)
    return "ok"


async def burst(client: httpx.AsyncClient, path: str, number: int) -> float:
    """Seconds until all of `number` requests that come together are answered."""
    started = time.perf_counter()
    await asyncio.gather(*(client.get(path) for _ in range(number)))
    return time.perf_counter() - started


async def main() -> None:
    """Print what each way takes."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        await burst(client, "/quick", 5)
        for path in ("/async-def", "/def"):
            print(f"40 requests of 50 ms, {path}: {await burst(client, path, 40):.2f} s")
        for number in (40, 200):
            print(f"{number} requests that sleep 0.5 s, def: {await burst(client, '/sleepy', number):.2f} s")
        alone = await burst(client, "/quick", 1)
        sleepers = [asyncio.create_task(client.get("/sleepy")) for _ in range(80)]
        await asyncio.sleep(0.1)
        behind = await burst(client, "/quick", 1)
        await asyncio.gather(*sleepers)
        print(f"a quick request: {alone * 1000:.0f} ms alone, {behind * 1000:.0f} ms behind 80 sleeping ones")


if __name__ == "__main__":
    asyncio.run(main())
