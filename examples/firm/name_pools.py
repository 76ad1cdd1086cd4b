"""Names of many cultures. First names and surnames are combined at random; nobody is meant."""

# ruff: noqa: RUF001 - a dotless i is a Turkish letter

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pool:
    """The names of one culture; separated by blanks, `_` stands for a blank inside a name."""

    women: str
    men: str
    surnames: str


POOLS: dict[str, Pool] = {
    "german": Pool(
        "Anneliese Friederike Swantje Wiebke Gesine Ortrun Mechthild Hannelore Silke Roswitha "
        "Dörte Käthe Jördis Elfriede Tomke Gunhild Heike Sünje Liesbeth Antje Frauke Gudrun "
        "Ingeborg Lieselotte Rosemarie Theda Walburga Irmtraud Almut Reinhild",
        "Hauke Thorben Eberhard Karl-Heinz Rüdiger Jürgen Detlef Fiete Henning Ansgar Volkmar "
        "Jörn Götz Hans-Peter Tjark Burkhard Malte Eggert Lüder Wolfram Gerrit Heiko Diethelm "
        "Ulrich Hartmut Onno Winfried Focko Günther Sönke",
        "Brockmöller Tiedjens Harmsdorf Lüdersen Wiechmann Petersdorff Grünewaldt Achterberg "
        "Hinrichsen Kröplin Ohlendieck Stüwe Radbruch Quistorf Behnemann Voßkamp Dittmers "
        "Ahrenholt Siebenhaar Käferstein Rosenplänter Mohrdieck Tönnsing Wulffert Eickelboom "
        "Groterjahn Hasselbring Jungclaus Niebuhrs Sägebarth",
    ),
    "danish": Pool(
        "Mette Birgitte Kirsten Annegrethe Signe Bodil Ragnhild Solvej Gitte Dorthe Maren Åse "
        "Lærke Tove Inger Asta Jytte Pernille Rikke Vibeke Sidsel Benedikte Karen-Marie Ulla",
        "Søren Niels Mogens Jeppe Rasmus Asger Torben Bjørn Ejnar Kresten Flemming Jørgen Holger "
        "Anders Palle Mads Troels Preben Svend Aksel Esben Lars-Ole Viggo Åge",
        "Kjærbølling Nørregård Skovmose Østerbygd Højrup Thygesen Bækgaard Lindegren Vestermark "
        "Damkjær Rosenkilde Brøndlund Stensgård Krogsbøll Mølholt Hesselager Toftegaard Ravnkilde "
        "Birkholm Sønderskov Fuglebjerg Egeskov Lyngbæk Agerskov",
    ),
    "polish": Pool(
        "Agnieszka Katarzyna Małgorzata Bożena Grażyna Wiesława Jadwiga Danuta Izabela Kinga "
        "Halina Zofia Urszula Bronisława Elżbieta Celina Żaneta Ludwika Marzena Teodozja",
        "Krzysztof Zbigniew Wojciech Sławomir Mirosław Bogusław Tadeusz Grzegorz Radosław Janusz "
        "Mieczysław Łukasz Paweł Dariusz Kazimierz Jarosław Wacław Zdzisław Bronisław Leszek",
        "Grzelczyk Zawrotny Kostrzębski Wąsikowski Mścichowska Łopatniuk Świderek Brzęczkiewicz "
        "Pietrzyńczak Krzyżostan Żurawlak Gołąbczyk Ździebło Chmielarczyk Dębnicz Ruszczykiewicz "
        "Wróbelak Jaskółczak Ośmiałek Piekarzyk Stróżniak Trzebiatek Walczukiewicz Kędziorek",
    ),
    "turkish": Pool(
        "Ayşegül Gülşen Nurcan Elif_Su Çiğdem Zeynep Sevgi Hatice Özlem Esra Şule Meltem Tülay "
        "Yıldız Fatma Dilek Nilüfer Bahar Sibel Gönül Aylin Pınar Ümran Kezban",
        "Mehmet Oğuzhan Çağlar Emre Serkan Hüseyin Yiğit Tolga Barış İlker Orhan Kerem Selçuk "
        "Burak Ümit Cengiz Tuncay Koray Ömer Doğukan Gökhan Şahin_Can Volkan Recep",
        "Karabıyıkoğlu Demirtürk Yıldırımer Çakmaklı Özgenç Akbulutlu Tokgözlü Sarıkamış "
        "Bayraktaroğlu Kocabaşlı Uçarsoy Gündoğarlı Erdemirci Taşdelenler Şimşekoğlu Altunçizme "
        "Kayabaşlı Güvercinli Durmazer Balıkçıoğlu Yağmurlu Türkoğullu Köseleci Elmasoğlu",
    ),
    "indian": Pool(
        "Lakshmi Priyanka Anjali Kavitha Meenakshi Deepika Sunita Radhika Shalini Nandini Aparna "
        "Gayatri Ishita Padmaja Revathi Swapna Vasudha Yamini Bhavna Charulata",
        "Rajesh Venkatesh Arjun Suresh Harish Manoj Sandeep Aravind Karthik Mohandas Nikhil "
        "Pranav Raghav Shashank Tejas Vikram Girish Dinesh Ashwin Balaji",
        "Raghunathan Krishnaswamy Chattopadhya Deshpandekar Venkataramana Mukundan Bhattarkar "
        "Iyengarath Kulkarniwar Subramoniam Thiruvasagam Pillaimar Gopalanath Nambiarath "
        "Srivastavan Joshipur Ranganekar Vaidyapur Acharyulu Banerjekar Chaudharwal Mehrotkar",
    ),
    "vietnamese": Pool(
        "Thu_Hà Minh_Châu Ngọc_Ánh Bích_Thủy Phương_Thảo Mai_Hương Kim_Ngân Quỳnh_Như Hồng_Vân "
        "Thanh_Tâm Diệu_Linh Khánh_Huyền Tuyết_Mai Cẩm_Tú Lan_Anh Hải_Yến Mỹ_Duyên Thùy_Dung",
        "Quang_Huy Đức_Anh Minh_Tuấn Văn_Khải Hữu_Phước Tiến_Dũng Gia_Bảo Hoàng_Nam Xuân_Trường "
        "Thanh_Sơn Công_Vinh Bá_Lộc Duy_Khánh Trọng_Nghĩa Đình_Phong Nhật_Minh Phú_Quý Tấn_Tài",
        "Nguyễn Huỳnh Trương Phùng Nghiêm Quách Doãn Lương Thạch Khương Thiều Triệu Đoàn Hoàng",
    ),
    "nigerian": Pool(
        "Adaeze Chidinma Folasade Ngozi Oluwaseun Temitope Yetunde Ifeoma Chiamaka Abosede "
        "Nkechi Titilayo Ebele Morenike Obioma Uzoamaka Omolara Amarachi Bolanle Kehinde",
        "Chukwuemeka Babatunde Oluwadamilare Obinna Ikenna Adewale Tochukwu Kolawole Uchenna "
        "Segun Ifeanyi Olufemi Nnamdi Ayodele Chibuike Emeka Gbenga Jideofor Kelechi Akinlabi",
        "Adeyinkale Okonjobi Nwachukwuma Ogunbanwo Ezeudoka Balogunade Onyekachukwu Akintolape "
        "Oyelarande Umezurike Ibekwelu Afolayanka Obiechina Olatunbode Chukwurah Adesolape "
        "Nwokedike Okparanta Oluwagbade Anyaegbuna",
    ),
    "spanish": Pool(
        "Inmaculada Begoña Marisol Itziar Consuelo Remedios Araceli Nuria Asunción Estíbaliz "
        "Macarena Úrsula Leocadia María_José Purificación Encarnación Amparo Jimena Soledad Iñaka",
        "Iñigo Anselmo José_Luis Gonzalo Evaristo Fermín Ramón Nicanor Hernán Baltasar Ángel "
        "Eulalio Agustín Joaquín Leandro Crispín Óscar Telmo Unai Severino",
        "Echevarrieta_Pons Ibarrola_Quintás Zubizarre_Llanos Carrascosa_Peñalver Montañés_Roig "
        "Villacañas_Sáez Goicoechea_Murga Peñaranda_Cueto Bermúdez_Lizana Arizmendi_Cobo "
        "Valderrábano_Soto Figueredo_Nuño Mendizábal_Rey Argüelles_Pardo Quiñonero_Salas "
        "Santibáñez_Orduña Zamarreño_Polo Ordóñez_Casal Urrutia_Bravo Llorente_Giménez",
    ),
    "arabic": Pool(
        "Samira Nawal Rania Hanan Zaynab Lubna Dalal Ghada Maysoon Rasha Suhayla Wafaa Yusra "
        "Inaam Basma Fadwa Hala Jumana Khadija Amal",
        "Yasir Khalid Mahmoud Tariq Nabil Walid Ghassan Mustafa Jamal Faisal Hisham Idris Marwan "
        "Omar Qasim Rashid Saad Zuhayr Bassam Anwar",
        "al-Khatibani el-Mansourati Abdelwahid Haddadine al-Rashidun Benmoussa el-Fassiri "
        "Darwishan al-Tamimar Bouazzani Khouriate al-Zahrawat el-Sharqani Nasserddine Qabbanir "
        "al-Jaziriya Mouhtadi el-Amranite Shahinour al-Bayatir",
    ),
    "irish": Pool(
        "Siobhán Aoife Niamh Gráinne Caoimhe Órlaith Deirdre Fionnuala Róisín Bríd Clodagh Sinéad "
        "Muireann Éabha Saoirse Máiréad Nóra Aisling Eimear Gobnait",
        "Oisín Cormac Pádraig Diarmuid Eoghan Tadhg Fergus Cathal Ruairí Donnacha Colm Lorcán "
        "Séamus Fiachra Turlough Malachy Conchobar Finbarr Ultan Breandán",
        "O'Brannagáin O'Shaughley O'Mulrennan O'Donoghair O'Loughrey O'Cadhlan O'Heffernon "
        "O'Gormanly O'Kinneally O'Tierneach O'Rahillan O'Sullavane O'Cinnéidigh O'Duibhlin "
        "O'Fearghal O'Hanrattan O'Nuallach O'Flahaven O'Dwyerty O'Briodagh",
    ),
    "dutch": Pool(
        "Marijke Annemiek Saskia Femke Geertruida Hendrika Lotte Wilhelmina Jacoba Tineke Baukje "
        "Cornelia Margriet Neeltje Fenna Sietske Roos-Marie Ingelise Jannetje Aleida",
        "Joris Maarten Wouter Pieter-Jan Siebren Teunis Gijsbert Hendrik Bastiaan Cornelis "
        "Diederik Evert Floris Jeroen Klaas Lodewijk Matthijs Reinier Sjoerd Willem",
        "van_der_Waterdijk van_Oosterkamp de_Bruijnink ter_Horstman van_den_Molenaar Hoogervelden "
        "van_Rietschoter de_Grootveld Nijenkamper van_der_Slootweg Brouwershaven ten_Cateling "
        "van_Leeuwestein Dijkstrager van_Wijngaarder de_Koningsveld Schuurmanse van_der_Veldkant",
    ),
    "french": Pool(
        "Geneviève Maëlle Bérénice Clémence Solène Hélène Éléonore Marie-Laure Noëlle Capucine "
        "Ghislaine Ondine Sidonie Violaine Thérèse Amandine Françoise Joséphine Léonie Anne-Lise",
        "Jean-Luc Étienne Aurélien Benoît Théophile Guillaume Rémi Jérôme Cédric Hervé Loïc "
        "Gaspard Thibault Yves-Marie Frédéric Anatole Léandre Mathurin Sébastien Grégoire",
        "Beauvallonne Delacroisette Fontanière Garrigoux Lestrange-Morel Peyrouzère Quénault "
        "Rochambois Saint-Vérain Thévenard Vaucressonne Brézillac Chastelnoir Dumontet-Roy "
        "Écuyère Ferrandière Hauterivaz Malivert Noirmontel Sauvagnac",
    ),
    "czech": Pool(
        "Božena Jiřina Květa Libuše Zdeňka Růžena Ludmila Drahomíra Šárka Blanka Vlasta Radka "
        "Jitka Miluše Dagmar Hedvika Štěpánka Věra Ivana Jarmila",
        "Zdeněk Jiří Miloslav Vojtěch Ondřej Bohumil Květoslav Přemysl Radovan Štěpán Čeněk "
        "Lubomír Vratislav Bořivoj Dalibor Hynek Jaromír Oldřich Slavomír Tibor",
        "Havlíčkov Dvořáčil Procházkal Nečaskov Kučeravin Pospíšek Zahradníkov Šebestánek "
        "Vondráčil Hrubešov Kolářík Mrázkov Růžičkov Svobodník Tichánek Vaněčkov Zemanovec "
        "Chalupník Jelínkov Ptáčník",
    ),
    "greek": Pool(
        "Evdokia Kalliope Despina Ourania Stavroula Theodora Vasiliki Paraskevi Aspasia Chrysanthi "
        "Eleftheria Garyfallia Ifigenia Konstantina Marianthi Penelope Smaragda Zacharoula",
        "Athanasios Charalampos Dimosthenis Efstathios Grigorios Ioannis Konstantinos Lefteris "
        "Miltiadis Panagiotis Spyridon Thrasyvoulos Vasileios Xenophon Aristidis Evangelos Fotis",
        "Papanikolidis Karavasilakis Theodorakopol Anagnostidis Mavromichalos Stathopoulidis "
        "Kalogerakos Vlachogiannos Panteliadis Xenakopoulos Drakoulidis Georgantas-Filis "
        "Hatzimanolis Lambropoulidis Economakos Ravanidis Sideropoulakis Tsakaloudis",
    ),
}
