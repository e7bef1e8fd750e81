"""Operator verbs: `masterygraph serve`, `worker`, `migrate`, `demo`, `import`, `verify`, `sdl`, `user`."""

from app.cli.verbs import app

__all__ = ["app"]
