"""What the system costs and how far it goes: pure calculations over measured figures, list prices and quotas."""
