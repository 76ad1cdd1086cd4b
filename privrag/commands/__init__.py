"""Sub-commands of `privrag`, one module each, announced in the group `privrag.commands`."""
