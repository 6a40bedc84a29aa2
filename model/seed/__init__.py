"""Fills a shop with a data set: catalogue, shoppers, offers, policy, pre-computed affinities, simulated shoppers."""
