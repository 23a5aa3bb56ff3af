"""What the hub offers to other machines: listened for and announced on the networks that a parent chose."""
