"""What an author did to a query, in the author's words: two texts outlined block by block, and what each edit reaches."""
