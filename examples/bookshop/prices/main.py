"""`uvicorn prices.main:app --port 8801`: a price for every ISBN, worked out from its digits."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query

app = FastAPI(title="Wholesale prices")


def quote(isbn: str) -> dict[str, str | int]:
    """The price of one book."""
    return {"isbn": isbn, "cents": 500 + sum(int(digit) for digit in isbn if digit.isdigit()) * 10}


@app.get("/quotes/{isbn}")
async def one(isbn: str) -> dict[str, str | int]:
    """One price."""
    return quote(isbn)


@app.get("/quotes")
async def many(isbn: Annotated[list[str], Query(max_length=200)]) -> list[dict[str, str | int]]:
    """Up to two hundred prices."""
    return [quote(each) for each in isbn]
