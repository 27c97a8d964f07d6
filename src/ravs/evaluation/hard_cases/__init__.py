"""How often the paper's two hard cases occur in a data set (its figure 1b): silent look-alikes, changes of sound."""
