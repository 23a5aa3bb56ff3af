"""Servers that keep backups: WebDAV and S3, each in a file, and the gate through which backups reach them."""
