"""Durable jobs: asked for inside the mutation that wants them, done by workers, seen while they run."""
