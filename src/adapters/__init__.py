"""The driven side: what the inside asks of the world, answered."""
