"""The application for other WSGI servers: `gunicorn 'api.wsgi:application()'`."""

import os
from pathlib import Path

from api.app import Application, create_app
from api.http.config import Config
from api.logs import log_to
from api.serving import Place


def application() -> Application:
    """The application on the store that CASCADE_HOME and CASCADE_DATABASE name; solves are left to `cascade worker`.

    CASCADE_TRUSTED_HOSTS (`,` between), CASCADE_PROXIES and CASCADE_HTTPS are as the options of `cascade serve`.
    """
    told = os.environ
    log_to()
    place = Place(home=Path(told.get("CASCADE_HOME", "cascade-home")), database=told.get("CASCADE_DATABASE"))
    hosts = tuple(name for name in told.get("CASCADE_TRUSTED_HOSTS", "").split(",") if name)
    proxies, https = int(told.get("CASCADE_PROXIES", "0")), told.get("CASCADE_HTTPS") == "1"
    return create_app(Config(trusted_hosts=hosts, proxies=proxies, https=https), place.open_store())
