"""Building blocks of pages: views, forms, and the shapes components take."""
