"""Where an effect meets a context that it must not meet: findings."""
