//nolint:misspell // French
package demo

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is a category of requests.
type kind struct {
	code    string
	clients string     // household or company; empty for both
	skills  [][]string // what it takes: one of the lists
	minutes [2]int     // the work on site, from and to
	remote  int        // how many of a hundred are done at a distance
	texts   []string   // with {words} to fill in
	home    []string   // more of them, that only households write
	work    []string   // and only companies
}

// kinds are in descending order of frequency, for categoryShares.
var kinds = []kind{
	{"demarrage", "", [][]string{{"windows"}, {"windows"}, {"windows", "materiel"}, {"macos"}}, [2]int{45, 90}, 5, []string{
		"Mon ordinateur ne démarre plus {depuis}. L’écran reste noir mais le ventilateur tourne.",
		"{pc} affiche un écran bleu au démarrage {depuis}, puis redémarre en boucle. J’ai essayé de le débrancher, sans succès.",
		"Impossible d’allumer {pc} {depuis} : le voyant clignote orange et rien ne se passe.",
		"Après la dernière mise à jour, {pc} ne démarre plus et demande une clé de récupération que je n’ai pas.",
	}, []string{
		"{pc} reste bloqué sur le logo {depuis}. J’ai vraiment besoin de mes documents pour travailler.",
	}, nil},
	{"messagerie", "", [][]string{{"messagerie"}}, [2]int{30, 60}, 75, []string{
		"Je ne reçois plus mes e-mails {depuis}, alors que je peux encore en envoyer.",
		"Outlook me redemande sans cesse mon mot de passe {depuis}. Je suis pourtant sûr que c’est le bon.",
		"Ma boîte est pleine et mes correspondants reçoivent un message d’erreur. Comment faire de la place sans rien perdre ?",
		"Les fichiers Excel reçus par mail ne s’ouvrent plus {depuis}, seulement en lecture seule.",
	}, nil, []string{
		"Il faudrait configurer la messagerie sur le poste d’une nouvelle collègue, avec l’agenda partagé.",
	}},
	{"connexion", "", [][]string{{"reseau"}}, [2]int{45, 90}, 25, []string{
		"Plus d’internet {depuis}. La box a tous ses voyants au vert et l’opérateur dit que tout va bien de son côté.",
		"Le Wi-Fi coupe toutes les dix minutes, surtout dans {piece}. C’est pénible pour les visios.",
		"{pc} voit le réseau Wi-Fi mais refuse de s’y connecter {depuis}. Les téléphones, eux, y arrivent.",
		"La connexion est très lente {depuis}, à peine de quoi lire les mails. Un test donne moins de 2 Mbit/s alors que nous avons la fibre.",
	}, nil, []string{
		"Nous avons changé d’opérateur et plus rien ne marche : ni l’imprimante réseau, ni le partage de fichiers.",
	}},
	{"lenteur", "", [][]string{{"windows"}, {"windows"}, {"macos"}}, [2]int{45, 105}, 45, []string{
		"{pc} est devenu très lent {depuis}, il met un quart d’heure à démarrer.",
		"Tout rame : ouvrir un simple document prend deux minutes. L’ordinateur a quatre ans.",
		"{pc} chauffe et le ventilateur souffle sans arrêt {depuis}, même quand je ne fais rien.",
		"Le disque est presque plein, paraît-il, et je ne sais pas quoi supprimer. Pouvez-vous m’aider ?",
	}, nil, nil},
	{"imprimante", "", [][]string{{"imprimante"}, {"imprimante"}, {"imprimante", "reseau"}}, [2]int{30, 60}, 20, []string{
		"{imprimante} n’imprime plus {depuis}, elle affiche « hors connexion » alors qu’elle est allumée.",
		"Bourrage papier à répétition sur {imprimante}. J’ai retiré toutes les feuilles mais le message reste.",
		"{imprimante} sort des pages avec de grandes traînées noires, même après avoir changé la cartouche.",
		"Le scanner ne s’affiche plus sur l’ordinateur {depuis}. J’ai des papiers à envoyer pour vendredi.",
	}, nil, []string{
		"Nouvelle imprimante à installer, livrée hier : il faut que les {nombre} postes puissent imprimer dessus.",
	}},
	{"installation", "", [][]string{{"windows"}, {"macos"}, {"windows", "messagerie"}}, [2]int{60, 150}, 10, []string{
		"Passage à Windows 11 souhaité sur {pc}, avec une sauvegarde avant. Je préfère que ce soit fait par quelqu’un.",
	}, []string{
		"J’ai acheté un nouvel ordinateur, je voudrais qu’on m’aide à le mettre en route et à récupérer mes photos de l’ancien.",
		"Mon fils m’a offert un ordinateur portable et je n’y connais rien. Il faudrait aussi m’expliquer comment appeler mes petits-enfants en vidéo.",
	}, []string{
		"{nombre} postes à installer pour des embauches : session, messagerie, imprimante et antivirus.",
	}},
	{"mobile", "household", [][]string{{"mobile"}}, [2]int{30, 60}, 35, []string{
		"Mon téléphone ne se synchronise plus avec mon ordinateur {depuis}, je ne retrouve pas mes contacts.",
		"La tablette de ma mère demande un code que personne ne connaît. Elle s’en servait pour nous appeler.",
		"Je voudrais passer mes données d’un iPhone à un Android sans rien perdre, surtout les conversations.",
		"L’application de la banque ne s’ouvre plus sur mon téléphone {depuis}.",
	}, nil, nil},
	{"virus", "", [][]string{{"securite"}, {"securite", "windows"}}, [2]int{60, 120}, 30, []string{
		"Des fenêtres de publicité s’ouvrent sans arrêt {depuis}, même quand le navigateur est fermé. Je crois que j’ai un virus.",
		"L’antivirus signale une menace sur {pc} et n’arrive pas à la supprimer.",
	}, []string{
		"Un message avec une voix me disait d’appeler Microsoft. J’ai laissé quelqu’un prendre la main, et maintenant je m’inquiète.",
		"J’ai cliqué sur un lien dans un faux mail des impôts. Depuis, mes contacts reçoivent des messages de ma part.",
	}, nil},
	{"materiel", "", [][]string{{"materiel"}}, [2]int{45, 105}, 0, []string{
		"L’écran du portable est fendu après une chute, l’image ne s’affiche plus que sur la moitié.",
		"J’ai renversé du café sur le clavier, plusieurs touches ne répondent plus.",
		"La batterie ne tient plus que vingt minutes et l’ordinateur s’éteint d’un coup. Est-ce qu’on peut la remplacer ?",
		"{pc} fait un bruit de claquement {depuis}, on m’a dit que cela venait peut-être du disque.",
	}, nil, nil},
	{"telephonie", "company", [][]string{{"telephonie"}, {"telephonie", "reseau"}}, [2]int{60, 120}, 25, []string{
		"Les téléphones de l’accueil ne sonnent plus {depuis}, les appels partent directement sur la messagerie.",
		"On nous entend mal au téléphone : la voix hache, surtout le matin quand tout le monde est connecté.",
		"{nombre} postes téléphoniques à déplacer dans les nouveaux bureaux, avec leurs numéros.",
	}, nil, nil},
	{"serveur", "company", [][]string{{"serveur"}, {"serveur", "reseau"}}, [2]int{90, 180}, 30, []string{
		"Le serveur de fichiers est inaccessible {depuis}, personne ne peut travailler.",
		"La sauvegarde de la nuit est en échec {depuis}. Le voyant d’un des disques est rouge.",
		"Le logiciel de gestion met une minute à ouvrir chaque fiche {depuis}, sur tous les postes. Le serveur semble saturé.",
		"Le serveur bipe en continu dans le local technique et un onduleur affiche un défaut de batterie.",
	}, nil, nil},
	{"donnees_perdues", "", [][]string{{"recuperation_donnees"}}, [2]int{90, 150}, 10, []string{
		"J’ai supprimé par erreur un dossier entier et vidé la corbeille. Peut-on le récupérer ?",
		"La clé USB avec la comptabilité demande à être formatée quand je la branche. Je n’ai rien touché depuis.",
	}, []string{
		"Mon disque externe n’est plus reconnu {depuis}. Il y a dessus dix ans de photos de famille, sans autre copie.",
	}, nil},
}

// lostForGood, by the kind of client, attacked and depot are texts of the requests that are hard to serve.
var (
	lostForGood = map[string]string{
		"household": "Le disque de l’ordinateur est tombé et claque. Un premier réparateur n’a rien pu faire ; il contient le mémoire de ma fille, à rendre lundi.",
		"company":   "Deux disques du boîtier de stockage sont en panne en même temps et la reconstruction s’est arrêtée à 40 %. Nous n’avons pas d’autre copie.",
	}
	attacked = []string{
		"Tous nos fichiers ont changé d’extension pendant la nuit et une note réclame une rançon. Nous avons tout débranché, nous ne touchons plus à rien.",
		"Quelqu’un s’est connecté au serveur depuis l’étranger ce week-end avec le compte du directeur. Il faut comprendre ce qui a été pris et tout sécuriser.",
	}
	depot = []string{
		"Le serveur du dépôt ne répond plus et les étiquettes de livraison ne sortent plus. Le gardien ne peut ouvrir le local qu’en fin de journée.",
		"Remplacement du serveur du dépôt, le nouveau est arrivé. Passage possible seulement après le départ des camions, vers 16 h 30.",
	}
)

var (
	since    = []string{"depuis ce matin", "depuis hier", "depuis hier soir", "depuis lundi", "depuis la mise à jour", "depuis deux jours", "depuis l’orage", "depuis une semaine"}
	homes    = []string{"mon PC portable", "l’ordinateur familial", "mon Lenovo", "le portable Dell", "le poste de ma femme", "l’ordinateur du salon"}
	offices  = []string{"l’ordinateur de l’accueil", "le portable Dell de la direction", "le poste de la comptabilité", "un PC de l’atelier", "le HP de l’accueil"}
	macs     = []string{"mon MacBook", "l’iMac", "mon MacBook Air", "le Mac mini du bureau"}
	printers = []string{"l’imprimante", "l’imprimante Brother", "la HP LaserJet", "l’imprimante Canon", "l’imprimante Epson"}
	rooms    = []string{"la chambre du fond", "le bureau à l’étage", "le salon", "la cuisine"}
	halls    = []string{"la salle de réunion", "le bureau à l’étage", "l’atelier", "la réserve"}
	numbers  = []string{"deux", "trois", "quatre", "cinq", "six"}
	closings = []string{
		"", "", "", " Merci d’avance.", " Merci de me rappeler avant de passer.", " C’est assez urgent pour nous.",
		" Je ne suis pas très à l’aise avec l’informatique.", " Je suis en télétravail ces jours-ci.", " Cordialement.", " Pouvez-vous me dire combien cela coûterait ?",
	}
	companyClosings = []string{
		"", "", "", " Merci de demander à l’accueil.", " Plusieurs collègues sont bloqués.", " Nous sommes ouverts de 8 h à 18 h.", " Cordialement.",
		" Merci de prévenir une demi-heure avant d’arriver.",
	}
)

// description is what a client would write.
func (g *generator) description(k *kind, client *Client, mac bool) string {
	texts, machines, ends := slices.Concat(k.texts, k.home), homes, closings
	places := rooms
	if client.Kind == "company" {
		texts, machines, ends = slices.Concat(k.texts, k.work), offices, companyClosings
		places = halls
	}
	if mac {
		machines = macs
	}
	text := strings.NewReplacer(
		"{depuis}", pick(g, since), "{pc}", pick(g, machines), "{imprimante}", pick(g, printers),
		"{piece}", pick(g, places), "{nombre}", pick(g, numbers),
	).Replace(pick(g, texts))
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:] + pick(g, ends)
}
