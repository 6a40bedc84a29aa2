"""Traces on a laptop: receives them over OTLP and shows each as a tree."""
