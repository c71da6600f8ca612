"""What a framework runs once, when a person sets something up or the process starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

SETUPS = {
    "steps of a form": """
#: flow.py
import os
import aiohttp
from homeassistant.config_entries import ConfigFlow
class Lamp(ConfigFlow, domain="lamp"):
    async def async_step_user(self, given):
        os.listdir("/etc")  # <- PW204
        await self._check(given)
    async def async_step_discovered(self, given):
        await reach(given)
    async def _check(self, given):
        async with aiohttp.ClientSession() as session:
            await session.get(given["url"])
async def reach(given):
    async with aiohttp.ClientSession() as session:
        await session.get(given["url"])
""",
    "an entry, and what also runs later": """
#: lamp.py
import os
import aiohttp
from homeassistant.core import HomeAssistant
async def async_setup(hass: HomeAssistant, config):
    os.listdir("/etc")
async def async_setup_entry(hass: HomeAssistant, entry):
    os.listdir("/etc")  # <- PW204
    await reach(entry)
    await state(entry)
async def reach(entry):
    async with aiohttp.ClientSession() as session:
        await session.get(entry.url)
async def state(entry):
    async with aiohttp.ClientSession() as session:  # <- PW401
        await session.get(entry.url)
class Light:
    async def async_update(self):
        await state(self.entry)
""",
    "a module that does not import it": """
#: lamp.py
import os
async def async_setup(hass, config):
    os.listdir("/etc")  # <- PW204
""",
    "the framework itself": """
#: homeassistant/__init__.py
#: homeassistant/config_entries.py
class ConfigFlow:
    def __init_subclass__(cls, domain, **options): ...
class Other:
    async def async_step_user(self, given):
        await reach(given)
#: homeassistant/core.py
import os
from homeassistant.config_entries import ConfigFlow
class HomeAssistant:
    async def async_stop(self):
        os.listdir("/etc")
    async def async_block(self):
        os.listdir("/etc")  # <- PW204
#: homeassistant/lamp.py
import aiohttp
from homeassistant.config_entries import ConfigFlow, Other
class Lamp(ConfigFlow, domain="lamp"):
    async def async_step_user(self, given):
        async with aiohttp.ClientSession() as session:
            await session.get(given["url"])
class Lamps(Other):
    async def async_step_user(self, given):
        async with aiohttp.ClientSession() as session:  # <- PW401
            await session.get(given["url"])
""",
}
SERVER = """
#: server.py
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
async def index():
    return 1
"""


@pytest.mark.parametrize("text", cases(SETUPS))
def test_is_built_once(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, ("PW204", "PW401"), SERVER)
