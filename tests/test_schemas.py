"""Response models and other schemas: fields that are read, by name, from the attributes of rows."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases, files_of, findings

MODELS = """\
#: shop/__init__.py
#: shop/models.py
from sqlalchemy import ForeignKey, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
engine = create_engine("sqlite://")
class Base(DeclarativeBase):
    pass
class Customer(Base):
    __tablename__ = "customer"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    orders: Mapped[list["Order"]] = relationship(back_populates="customer")
class Order(Base):
    __tablename__ = "order"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    customer: Mapped[Customer] = relationship(back_populates="orders")
    @property
    def buyer(self):
        return self.customer.name
    @property
    def label(self):
        return f"order {self.id}"
def get_db():
    with Session(engine) as session:
        yield session
#: shop/schemas.py
from typing import ClassVar, Generic, List, Optional, TypeVar
from pydantic import BaseModel, Field, model_validator
T = TypeVar("T")
class CustomerRead(BaseModel):
    id: int
    name: str
class OrderBrief(BaseModel):
    id: int
    customer_id: int
    label: str
class OrderRead(OrderBrief):
    customer: CustomerRead
class OrderNamed(OrderBrief):
    buyer: str
class OrderElse(OrderBrief):
    customer: Optional[str] = Field(None, validation_alias="customer_name")
class OrderPrepared(OrderBrief):
    buyer: str
    @model_validator(mode="before")
    @classmethod
    def prepare(cls, data):
        return {"id": data.id, "buyer": ""}
class OrderShort(OrderRead):
    customer: ClassVar[int] = 1
class CustomerFull(CustomerRead):
    orders: Optional[List["OrderBrief"]] = []
class Page(BaseModel, Generic[T]):
    items: List[T]
    total: int
class OrderPage(BaseModel):
    items: list[OrderRead] = []
"""
APP = """\
#: shop/app.py
from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from shop.models import Customer, Order, get_db
from shop.schemas import *
from shop.schemas import CustomerFull, CustomerRead, OrderBrief, OrderElse, OrderNamed, OrderPage, OrderPrepared
from shop.schemas import OrderRead, OrderShort, Page
from typing import List
router = APIRouter()
"""
ORDERS = "db.query(Order).limit(9).all()"


def handler(decorator: str, result: str, returns: str = "", mark: str = "") -> str:
    """A handler; its decorator is marked, or its own line if that says what it returns."""
    marks = ["", f"  # <- {mark}"] if mark else ["", ""]
    head = f"@router.get('/'{decorator}){marks[not returns]}\ndef f(db: Session = Depends(get_db)){returns}:"
    return f"{head}{marks[bool(returns)]}\n    {result}\n"


def model(name: str, mark: str = "", result: str = f"return {ORDERS}") -> str:
    return handler(f", response_model={name}", result, "", mark)


RESPONSES = {
    "a relation of each row": model("List[OrderRead]", "PW101"),
    "a builtin list": model("list[OrderRead]", "PW101"),
    "a property that reads one": model("List[OrderNamed]", "PW101"),
    "columns and plain properties": model("List[OrderBrief]"),
    "an annotation instead": handler("", f"return {ORDERS}", " -> list[OrderRead]", "PW101"),
    "no response model": handler("", f"return {ORDERS}"),
    "a response model that is switched off": handler(", response_model=None", f"return {ORDERS}", " -> list[OrderRead]"),
    "one row": model("OrderRead", result="return db.get(Order, 1)"),
    "loaded before": model("List[OrderRead]", result=f"return {ORDERS.replace('.limit', '.options(joinedload(Order.customer)).limit')}"),
    "many rows of each row": model("List[CustomerFull]", "PW101", "return db.query(Customer).limit(9).all()"),
    "many rows of each row, loaded": model(
        "List[CustomerFull]", result="return db.scalars(select(Customer).options(selectinload(Customer.orders)).limit(9)).all()"
    ),
    "many rows of one row": model("CustomerFull", result="return db.query(Customer).first()"),
    "a generic page": model("Page[OrderRead]", "PW101", f"return {{'items': {ORDERS}, 'total': 9}}"),
    "a generic page of what costs nothing": model("Page[OrderBrief]", result=f"return {{'items': {ORDERS}, 'total': 9}}"),
    "a field of another name": model("List[OrderElse]"),
    "a schema that prepares what it reads": model("List[OrderPrepared]"),
    "a class variable": model("List[OrderShort]"),
    "plain values": model("List[OrderRead]", result=f"return [{{'id': one.id}} for one in {ORDERS}]"),
    "a field that is not in the mapping": model("OrderPage", result=f"found = {ORDERS}\n    return {{'total': len(found)}}"),
}  # fmt: skip

CALLS = {
    "model_validate": "return [OrderRead.model_validate(one) for one in db.query(Order)]  # <- PW101",
    "from_orm in a loop": "for one in db.query(Order):\n        OrderRead.from_orm(one)  # <- PW101",
    "model_validate of what was loaded": (
        "return [OrderRead.model_validate(one) for one in db.query(Order).options(joinedload(Order.customer))]"
    ),
    "one row alone": "return OrderRead.model_validate(db.get(Order, 1))",
    "built with rows": f"return OrderPage(items={ORDERS})  # <- PW101",
    "built with rows of what costs nothing": f"return Page(items={ORDERS}, total=9)",
    "built with plain values": "return OrderPage(items=[])",
    "a dump reads no rows": "return [OrderRead(id=1).model_dump() for one in db.query(Order)]",
}


@pytest.mark.parametrize("text", cases(RESPONSES))
def test_a_response_model_reads(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, APP + text, "PW101", MODELS)


@pytest.mark.parametrize("body", cases(CALLS))
def test_a_schema_reads(body: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, APP + handler("", body), "PW101", MODELS)


SQLMODEL = """
from fastapi import Depends, FastAPI
from sqlmodel import Field, Relationship, Session, SQLModel, create_engine, select
engine = create_engine("sqlite://")
class Team(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    heroes: list["Hero"] = Relationship(back_populates="team")
class HeroBase(SQLModel):
    name: str
class Hero(HeroBase, table=True):
    id: int | None = Field(default=None, primary_key=True)
    team_id: int | None = Field(default=None, foreign_key="team.id")
    team: Team | None = Relationship(back_populates="heroes")
class TeamPublic(SQLModel):
    id: int
class HeroPublic(HeroBase):
    id: int
class HeroWithTeam(HeroPublic):
    team: TeamPublic | None = None
def get_session():
    with Session(engine) as session:
        yield session
app = FastAPI()
@app.get("/heroes", response_model=list[HeroPublic])
def heroes(session: Session = Depends(get_session)):
    return session.exec(select(Hero).limit(9)).all()
@app.get("/teams", response_model=list[HeroWithTeam])  # <- PW101
def teams(session: Session = Depends(get_session)):
    return session.exec(select(Hero).limit(9)).all()
@app.get("/tables", response_model=list[Hero])
def tables(session: Session = Depends(get_session)):
    return session.exec(select(Hero).limit(9)).all()
"""


def test_sqlmodel_is_schema_and_table(tmp_path: Path) -> None:
    assert_marked(tmp_path, SQLMODEL, "PW101")


ENDLESS = """\
#: shop/app.py
# ruff: noqa: E501

from __future__ import annotations
from fastapi import APIRouter, Depends
from pydantic import BaseModel
from sqlalchemy.orm import Session
from shop.models import Customer, get_db
class OrderTree(BaseModel):
    id: int
    customer: CustomerTree
class CustomerTree(BaseModel):
    orders: list[OrderTree]
router = APIRouter()
@router.get("/", response_model=list[CustomerTree])  # <- PW101
def f(db: Session = Depends(get_db)):
    return db.query(Customer).limit(9).all()
"""


def test_schemas_that_hold_each_other_end(tmp_path: Path) -> None:
    assert_marked(tmp_path, ENDLESS, "PW101", MODELS)


MARSHMALLOW = """\
#: desk/app.py
from flask_marshmallow import Marshmallow
from marshmallow import Schema, fields, pre_dump
from shop.models import Customer, Order, get_db
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
ma = Marshmallow()
class CustomerSchema(Schema):
    id = fields.Int()
    name = fields.String()
class OrderSchema(Schema):
    id = fields.Int()
    label = fields.Str()
    customer = fields.Nested(CustomerSchema)
class CustomersSchema(CustomerSchema):
    orders = fields.List(fields.Nested(lambda: OrderSchema(only=("id",))))
class ManySchema(CustomerSchema):
    orders = fields.Nested(OrderSchema, many=True, exclude=("customer",))
class FlatSchema(ma.Schema):
    buyer = fields.String(attribute="customer.name")
class MethodSchema(ma.Schema):
    buyer = fields.Method("get_buyer")
    def get_buyer(self, order):
        return order.customer.name
class FunctionSchema(ma.SQLAlchemyAutoSchema):
    buyer = fields.Function(lambda order: order.customer.name)
class PreparedSchema(OrderSchema):
    @pre_dump
    def prepare(self, order, **kwargs):
        return {"id": order.id}
"""
DUMPS = {
    "a nested schema": "return OrderSchema(many=True).dump(db.query(Order).limit(9).all())  # <- PW101",
    "many given to dump": "return OrderSchema().dump(db.query(Order).limit(9), many=True)  # <- PW101",
    "one row": "return OrderSchema().dump(db.get(Order, 1))",
    "in a loop": "return [OrderSchema().dump(one) for one in db.query(Order)]  # <- PW101",
    "loaded": "return OrderSchema(many=True).dump(db.query(Order).options(joinedload(Order.customer)).all())",
    "only plain fields": 'return OrderSchema(many=True, only=("id", "label")).dump(db.query(Order).all())',
    "only the nested field": 'return OrderSchema(only=("customer.id",)).dump(db.query(Order).all())  # <- PW101',
    "without the nested field": 'return OrderSchema(many=True, exclude=("customer",)).dump(db.query(Order).all())',
    "fields that nobody knows": "return OrderSchema(many=True, only=chosen).dump(db.query(Order).all())",
    "a list of a nested schema": "return CustomersSchema(many=True).dump(db.query(Customer).all())  # <- PW101",
    "a list of each, loaded": (
        "return CustomersSchema(many=True).dump(db.query(Customer).options(selectinload(Customer.orders)).all())"
    ),
    "nested with many": "return ManySchema(many=True).dump(db.query(Customer).all())  # <- PW101",
    "an attribute's attribute": "return FlatSchema(many=True).jsonify(db.query(Order).all())  # <- PW101",
    "a method": "return MethodSchema(many=True).jsonify(db.query(Order).all())  # <- PW101",
    "a function": "return FunctionSchema(many=True).dumps(db.query(Order).all())  # <- PW101",
    "prepared before": "return PreparedSchema(many=True).dump(db.query(Order).all())",
    "loaded from a request": "return OrderSchema(many=True).load([{}])",
}


NESTED = """\
class PageSchema(ma.ModelSchema):
    orders = fields.List(fields.Nested(OrderSchema))  # <- PW101
def nobody_calls(db: Session):
    return PageSchema().jsonify(db.get(Customer, 1))
"""


def test_a_loop_inside_of_a_schema(tmp_path: Path) -> None:
    project = MARSHMALLOW.replace(
        "customer = fields.Nested(CustomerSchema)", "lines = fields.Function(lambda order: order.lines)"
    )
    lines = """\
class Line(Base):
    __tablename__ = "line"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    order: Mapped[Order] = relationship(backref="lines")
def get_db"""
    models = MODELS.replace("def get_db", lines)
    assert_marked(tmp_path, project + NESTED, "PW101", models)
    (found,) = [one for one in findings(tmp_path, files_of(models) | files_of(project + NESTED)) if one.code == "PW101"]
    assert (found.symbol, found.cost) == ("PageSchema", "N")


@pytest.mark.parametrize("body", cases(DUMPS))
def test_marshmallow_reads(body: str, tmp_path: Path) -> None:
    text = f"from flask import Flask\napp = Flask(__name__)\n@app.get('/')\ndef f(db: Session, chosen):\n    {body}\n"
    assert_marked(tmp_path, MARSHMALLOW + text, "PW101", MODELS)
