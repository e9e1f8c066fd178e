//! The product tree, so that a product id answers what it is made of.

use std::collections::HashMap;

use super::document::{Branch, FullProductName, ProductTree, Text};

/// Deepest branch; the standard's schema allows 30.
pub(crate) const MAX_BRANCHES: usize = 30;

/// Most products that one product id may stand for: a package, its module, its platform, that one's host …
const MAX_PARTS: usize = 8;

/// A product with the branches that it hangs on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Product<'d> {
    pub(crate) id: &'d str,
    pub(crate) name: &'d str,
    pub(crate) cpe: Option<&'d str>,
    pub(crate) purl: Option<&'d str>,
    /// Names of the branches of these categories that it hangs on, if any.
    pub(crate) product_name: Option<&'d str>,
    pub(crate) version: Option<&'d str>,
    pub(crate) version_range: Option<&'d str>,
    pub(crate) architecture: Option<&'d str>,
}

/// Two products that are one.
#[derive(Clone, Copy, Debug)]
struct Relation<'d> {
    component: &'d str,
    platform: &'d str,
}

#[derive(Debug, Default)]
pub(crate) struct Products<'d> {
    products: HashMap<&'d str, Product<'d>>,
    relations: HashMap<&'d str, Relation<'d>>,
    groups: HashMap<&'d str, &'d [Text<'d>]>,
}

impl<'d> Products<'d> {
    pub(crate) fn new(tree: &'d ProductTree<'d>) -> Result<Self, String> {
        let mut all = Self::default();
        let mut open: Vec<(&Branch<'_>, Product<'_>, usize)> =
            tree.branches.iter().rev().map(|b| (b, Product::default(), 1)).collect();
        while let Some((branch, mut around, depth)) = open.pop() {
            if depth > MAX_BRANCHES {
                return Err(format!("more than {MAX_BRANCHES} branches inside each other"));
            }
            match &*branch.category {
                "architecture" => around.architecture = Some(&branch.name),
                "product_name" => around.product_name = Some(&branch.name),
                "product_version" => around.version = Some(&branch.name),
                "product_version_range" => around.version_range = Some(&branch.name),
                _ => {}
            }
            match &*branch.category {
                "product_version" => around.version = Some(&branch.name),
                "product_version_range" => around.version_range = Some(&branch.name),
                _ => {}
            }
            if let Some(product) = &branch.product {
                all.add(product, around);
            }
            open.extend(branch.branches.iter().rev().map(|b| (b, around, depth + 1)));
        }
        tree.full_product_names.iter().for_each(|p| all.add(p, Product::default()));
        for relation in &tree.relationships {
            let of = Relation {
                component: &relation.product_reference,
                platform: &relation.relates_to_product_reference,
            };
            all.relations.insert(&relation.full_product_name.product_id, of);
        }
        all.groups = tree.product_groups.iter().map(|g| (&*g.group_id, &*g.product_ids)).collect();
        Ok(all)
    }

    fn add(&mut self, product: &'d FullProductName<'d>, around: Product<'d>) {
        let helper = product.helper.as_ref();
        let purl = helper.and_then(|h| h.purl.as_ref().or(h.purls.first()));
        let cpe = helper.and_then(|h| h.cpe.as_ref());
        let whole = Product {
            id: &product.product_id,
            name: &product.name,
            cpe: cpe.map(|t| &**t),
            purl: purl.map(|t| &**t),
            ..around
        };
        self.products.insert(&product.product_id, whole);
    }

    /// What a product id stands for, the innermost part first. Empty where it names something unknown or
    /// relations that go in circles.
    pub(crate) fn parts(&self, id: &str) -> Vec<&Product<'d>> {
        let mut parts = Vec::new();
        let mut open = vec![id];
        let mut steps = 0;
        while let Some(id) = open.pop() {
            steps += 1;
            if steps > 2 * MAX_PARTS {
                return Vec::new();
            }
            if let Some(relation) = self.relations.get(id) {
                open.push(relation.platform);
                open.push(relation.component);
            } else if let Some(product) = self.products.get(id) {
                parts.push(product);
            } else {
                return Vec::new();
            }
        }
        parts
    }

    /// The products that a list and groups name.
    pub(crate) fn named<'p>(
        &'p self,
        ids: Option<&'p Vec<Text<'d>>>,
        groups: Option<&'p Vec<Text<'d>>>,
    ) -> impl Iterator<Item = &'p str> {
        let of_groups = groups.into_iter().flatten();
        let of_groups = of_groups.filter_map(|g| self.groups.get(&**g)).flat_map(|g| g.iter());
        ids.into_iter().flatten().chain(of_groups).map(|t| &**t)
    }
}
