"""The core service that governs the cells. It has no code yet."""
