//nolint:misspell // French
package demo

var firstNames = []string{
	"Camille", "Julien", "Sophie", "Karim", "Nadia", "Thomas", "Léa", "Mehdi", "Chloé", "Antoine", "Fatou", "Nicolas", "Inès", "Guillaume",
	"Aurélie", "Moussa", "Élodie", "Mathieu", "Samira", "Vincent", "Hélène", "Yanis", "Céline", "François", "Aminata", "Sébastien",
	"Manon", "Rachid", "Virginie", "Olivier", "Linh", "Benoît", "Pauline", "Ibrahim", "Noémie", "Éric", "Maëlys", "Hugo", "Françoise",
	"Christophe", "Zoé", "Cédric", "Jeanne", "Anaïs", "Gaël", "Thérèse", "Loïc", "Bernadette", "Raphaël", "Odile",
}

var lastNames = []string{
	"Martin", "Bernard", "Dubois", "Traoré", "Petit", "Nguyen", "Leroy", "Moreau", "Benali", "Lefèvre", "Garcia", "Roux", "Fournier",
	"Diallo", "Girard", "Bonnet", "Haddad", "Lambert", "Fontaine", "Rousseau", "Da Silva", "Muller", "Le Goff", "Faure", "Mercier",
	"Blanc", "Guérin", "Boyer", "Chevalier", "Cissé", "Gauthier", "Perrin", "Robin", "Clément", "Morin", "Henry", "Ferreira",
	"Gautier", "Tran", "Masson", "Marchand", "Duval", "Denis", "Lemaire", "Belkacem", "Noël", "Meyer", "Dufour", "Meunier", "Brun",
	"Blanchard", "Giraud", "Joly", "Rivière", "Brunet", "Gaillard", "Barbier", "Arnaud", "Renard", "Schmitt", "Colin", "Vidal",
	"Caron", "Picard", "Aubert", "Leclercq", "Hubert", "Lacroix", "Koné", "Bourgeois", "d’Almeida", "L’Hermitte",
}

// streets are names found in most French towns.
var streets = []string{
	"rue de la République", "avenue Jean-Jaurès", "rue Victor-Hugo", "rue Pasteur", "avenue du Général-de-Gaulle", "rue Jules-Ferry",
	"place de la Mairie", "rue de l’Église", "rue Gambetta", "boulevard Voltaire", "rue des Écoles", "rue Émile-Zola", "rue de la Gare",
	"rue du Moulin", "allée des Tilleuls", "rue Anatole-France", "rue Carnot", "avenue de la Liberté", "rue Pierre-Curie", "impasse des Lilas",
	"rue du 8-Mai-1945", "rue du Maréchal-Foch", "rue Louise-Michel", "chemin des Vignes", "rue Jean-Moulin", "square des Peupliers",
	"rue de Verdun", "rue Jacques-Prévert", "rue Saint-Exupéry", "rue de l’Abbé-Grégoire", "rue du Sacré-Cœur", "avenue Aristide-Briand",
}

// trades are kinds of companies and how they are called.
var trades = []string{
	"Cabinet médical %s", "Étude notariale %s & Associés", "Boulangerie %s", "Garage %s", "Pharmacie %s", "Architectes %s", "Imprimerie %s",
	"Transports %s", "%s Conseil", "Menuiserie %s et Fils", "Agence immobilière %s", "Clinique vétérinaire %s", "%s Logistique",
	"Cabinet comptable %s", "École privée %s", "Optique %s", "Traiteur %s", "%s Ingénierie", "Avocats %s", "Hôtel %s",
}

var siteNames = []string{"Siège", "Agence", "Entrepôt", "Bureau", "Atelier", "Boutique"}

// accessNotes tell a technician how to get in; most sites have none.
var accessNotes = []string{
	"Code de l’immeuble : 27B54, 3e étage à gauche.", "Interphone au nom du gardien, sonner deux fois.", "Se présenter à l’accueil avec une pièce d’identité.",
	"Le portail s’ouvre au téléphone, stationnement possible dans la cour.", "Chien gentil mais bruyant.", "Bâtiment C, escalier 2, 5e étage sans ascenseur.",
	"Livraisons par la rue de derrière ; badge à demander au poste de sécurité.", "Fermé entre 12 h 30 et 13 h 30.",
}
