"""MasteryGraph: an open learner-model server. The domain, and the process that serves it."""
