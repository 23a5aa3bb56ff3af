"""The household's backups: where they go, making one each night, and bringing one back."""
