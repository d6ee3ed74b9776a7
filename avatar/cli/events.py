"""``avatar events``: the event contract, to read or as the documents that programs read."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer


class Form(StrEnum):
    """What is printed."""

    TABLE = "table"
    SCHEMA = "schema"
    ASYNCAPI = "asyncapi"


def events(
    type: Annotated[
        str | None, typer.Argument(metavar="[TYPE]", help="One type, with its fields, units and an example.")
    ] = None,
    form: Annotated[
        Form, typer.Option("--format", metavar="table|schema|asyncapi", help="A table, JSON Schema or AsyncAPI 3.")
    ] = Form.TABLE,
) -> None:
    """What backends can send to the companion and what they hear back: types, scopes, fields."""
    from ..events import describe, schema

    if type is not None:
        if form is not Form.TABLE:
            raise typer.BadParameter("a document is of all types: leave TYPE or --format out")
        words = describe.describe(type)
    else:
        makers = {Form.SCHEMA: schema.json_schema, Form.ASYNCAPI: schema.asyncapi}
        words = describe.table() if form is Form.TABLE else schema.text(makers[form]())
    sys.stdout.write(words)
    sys.stdout.flush()
