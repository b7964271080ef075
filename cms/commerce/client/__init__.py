"""The signal client: budget, cache, breaker, pool. It knows no commerce system by name."""
