"""What every section of the settings is."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """What stands below each setting is its description, for the documentation."""

    model_config = ConfigDict(extra="forbid", frozen=True)
