"""Writes the OpenAPI document to a file: `python -m docs.openapi FILE`. Run by `make api-lint`."""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from api.app import create_app
from api.db import Settings, Store, home_url
from api.web.config import Config


def document() -> str:
    """The document that a server gives out at /openapi.json."""
    with TemporaryDirectory() as folder:
        store = Store.open(Settings(home_url(Path(folder))))
        try:
            answer = create_app(Config(), store).test_client().get("/openapi.json")
            return json.dumps(answer.get_json(), ensure_ascii=False, indent=1) + "\n"
        finally:
            store.close()


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(document(), encoding="utf-8")
