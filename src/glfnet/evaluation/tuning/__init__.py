"""What recipes are compared with: an ablation switches parts off, a sweep tries other values."""
